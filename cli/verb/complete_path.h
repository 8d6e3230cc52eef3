/* SPDX-License-Identifier: Apache-2.0 */
/* Paths inside an image that a typed word may become, for `mica complete`. */
#ifndef MICA_VERB_COMPLETE_PATH_H
#define MICA_VERB_COMPLETE_PATH_H

#include <stddef.h>

/* Prints `kept` bytes of `before`, then the path, for each path of the image that begins with `typed`; a directory gets a slash,
 * and ":nospace" is printed first if there is one. Names with characters that a terminal could obey are left out, and so are
 * names with a leading dot unless the dot is typed. Silent where there is no such image. `store` NULL: the default. */
void complete_paths(const char *store, const char *image, const char *before, size_t kept, const char *typed);

#endif

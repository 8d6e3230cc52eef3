/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as archives write them. Pure. */
#ifndef MICA_INDEXING_LAYER_PATH_H
#define MICA_INDEXING_LAYER_PATH_H

#include <stddef.h>

#include "os/err.h"

#define LAYER_PATH_MAX 4095

/* Cleans `path` into `ret` (LAYER_PATH_MAX + 1 bytes): no leading, doubled or trailing slash, no "."
 * components, ".." resolved; "" is the root. Returns the length. -EINVAL for an empty path and one that
 * leaves the layer; -ENAMETOOLONG for one over LAYER_PATH_MAX or with a component over 255 bytes, except a
 * last component that is the whiteout of a name of 255. `what` begins the error's line. */
int layer_path_clean(const char *path, const char *what, char ret[LAYER_PATH_MAX + 1], struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the names in a directory. */
#ifndef MICA_OS_DIR_H
#define MICA_OS_DIR_H

#include <dirent.h>

/* Makes a stream of an open directory, from its current position. Takes over `fd` in any case; a negative
 * `fd` is an error of opening and is returned. Returns 0 or a negative errno. */
int dir_of(int fd, DIR **ret);
/* As dir_of, but the caller keeps `dirfd`, which may be O_PATH; reads from the beginning. */
int dir_reopen(int dirfd, DIR **ret);

/* Returns the next name other than "." and "..", or NULL: at the end with *ret_error 0, or on an error
 * with a negative errno. Callers that empty a directory rely on ".." being left out. */
const struct dirent *dir_next(DIR *d, int *ret_error);

#endif

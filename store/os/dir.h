/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the names in a directory. */
#ifndef MICA_OS_DIR_H
#define MICA_OS_DIR_H

#include <dirent.h>

/* Makes a stream of an open directory. `fd` is taken over whatever happens, and read from where it is; one
 * that is negative is an error of opening, which is passed on. 0 or a negative errno. */
int dir_of(int fd, DIR **ret);
/* The same of a directory that stays the caller's, which may be open as no more than a place (O_PATH); read
 * from the beginning. */
int dir_reopen(int dirfd, DIR **ret);

/* The next name but "." and "..", or NULL: at the end, then *ret_error is 0, or for a negative errno. Whoever
 * empties a directory relies on "..", which leads out of it, not being told. */
const struct dirent *dir_next(DIR *d, int *ret_error);

#endif

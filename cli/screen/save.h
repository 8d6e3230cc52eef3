/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of a file of an image on the disk: whole or not at all, in the place of nothing that is there unless asked. */
#ifndef MICA_SCREEN_SAVE_H
#define MICA_SCREEN_SAVE_H

#include <stdbool.h>

#include "os/err.h"
#include "tree/index.h"

/* Saves the content of `in`, which is at `at` in `fd`, as `path`; in a directory by the name `name`. -EEXIST: something is there, and `replace`
 * is false. `is_wanted` is asked now and then, and false ends it with -ECANCELED. */
int save_file(int fd, uint64_t at, const struct index_inode *in, const char *path, const char *name,
              bool replace, bool (*is_wanted)(void *ctx), void *ctx, struct err *err);

#endif

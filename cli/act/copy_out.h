/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying a file or a tree of an image into a directory of the machine, as cp(1) does.
 *
 * Each file appears whole, in the place of what is there. Directories merge; a directory never takes the place of
 * something else, nor something else that of a directory. Symbolic links beneath the destination are replaced or refused,
 * never followed. What fails for one name is told, and the others are copied; a full disk and the like end the copy.
 */
#ifndef MICA_ACT_COPY_OUT_H
#define MICA_ACT_COPY_OUT_H

#include <stdbool.h>

#include "tree/tree.h"

/* Copies `path` of `t` to `dest`, into it where that is a directory. `all`: links as links, directories with what is in
 * them, metadata; else one file, with a new owner and times. `word` is the path for messages. Returns an exit status
 * after its messages. */
int copy_out(struct tree *t, const char *path, const char *word, const char *dest, bool all);

#endif

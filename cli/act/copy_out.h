/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a file or a directory tree of an image to a directory of the host, like cp(1).
 *
 * Each file appears complete, and replaces an existing one. Directories merge; a directory never replaces a file of
 * another type, nor such a file a directory. Symbolic links below the destination are replaced or refused, never
 * followed. A failure with one file is reported, and the copy continues with the others; an error such as a full disk
 * ends it.
 */
#ifndef MICA_ACT_COPY_OUT_H
#define MICA_ACT_COPY_OUT_H

#include <stdbool.h>

#include "tree/tree.h"

/* Copies `path` of `t` to `dest`, or into it if it is a directory. `all`: keeps symbolic links, copies directories
 * recursively, and metadata; otherwise copies one file with a new owner and times. `word` is the path in messages.
 * Returns an exit status after its messages. */
int copy_out(struct tree *t, const char *path, const char *word, const char *dest, bool all);

#endif

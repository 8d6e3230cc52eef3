/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying up directories, without what is in them. Files of the tree are copied up (copy_up.c) into
 * directories that are copied up first, so this is the floor below. With the union's lock held, which is not
 * given up.
 */
#ifndef MICA_UNION_COPY_DIR_H
#define MICA_UNION_COPY_DIR_H

#include "union/core.h"

/* Copies up a directory, and all directories above it. 0 or a negative errno. */
int copy_up_directory(struct un *u, struct node *n);
/* Copies up all directories above a node of the tree, topmost first. */
int copy_up_above(struct un *u, uint64_t node);

#endif

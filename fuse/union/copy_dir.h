/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copy up directories, without their content. A level below copy_up.c, which needs the directories above a
 * file in the upper first. Called with the union's lock, which stays held.
 */
#ifndef MICA_UNION_COPY_DIR_H
#define MICA_UNION_COPY_DIR_H

#include "union/core.h"

/* Copy up a directory and all directories above it. 0 or a negative errno. `checked`: its protection was
 * checked (protect.h) since the lock was taken. */
int copy_up_directory(struct un *u, struct node *n, bool checked);
/* Copy up all directories above a node of the tree, topmost first. */
int copy_up_above(struct un *u, uint64_t node);

#endif

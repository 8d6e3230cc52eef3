/* SPDX-License-Identifier: Apache-2.0 */
/* Immutable and append-only files (file_flags.h) in the union: which are, and what is not done to them. With
 * the lock held; -EPERM. */
#ifndef MICA_UNION_PROTECT_H
#define MICA_UNION_PROTECT_H

#include "union/core.h"

/* Which of both flags the node has, as flags of FS_IOC_GETFLAGS. */
int protect_flags(struct un *u, struct node *n, unsigned *ret);
/* Keeps them in the upper, where the node is. */
int protect_keep(struct un *u, struct node *n, struct where w, unsigned flags);
/* The same of a copy that is made, which gets the flags that the tree's file has. */
int protect_copy(struct un *u, struct node *n, struct where w);
/* What has just been made has none. */
void protect_none(struct node *n);

/* May it be changed in a way that an append-only file may not, or (`appends`) may? */
int protect_change(struct un *u, struct node *n, bool appends);
/* May names come into the directory, and (`loses`) go from it? */
int protect_names(struct un *u, uint64_t dir, bool loses);

#endif

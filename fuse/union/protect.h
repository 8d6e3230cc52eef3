/* SPDX-License-Identifier: Apache-2.0 */
/* Enforcement of immutable and append-only (file_flags.h) in the union. Called with the lock; -EPERM. */
#ifndef MICA_UNION_PROTECT_H
#define MICA_UNION_PROTECT_H

#include "union/core.h"

/* Read both flags of a node, as FS_IOC_GETFLAGS has them. */
int protect_flags(struct un *u, struct node *n, unsigned *ret);
/* Store both flags in the upper, where the node is. */
int protect_keep(struct un *u, struct node *n, struct where w, unsigned flags);
/* Store the flags of the tree's file with its new copy. */
int protect_copy(struct un *u, struct node *n, struct where w);
/* The flags that a copy of the tree's file gets (COPIED_FLAGS), if a check of the protection has read them. */
bool protect_copied_flags(const struct node *n, unsigned *ret);
/* Record that a new file has neither. */
void protect_none(struct node *n);

/* Does the protection permit a change, which (`appends`) only appends? */
int protect_change(struct un *u, struct node *n, bool appends);
/* Does the protection of a directory permit new names, and (`loses`) removing names? */
int protect_names(struct un *u, uint64_t dir, bool loses);

#endif

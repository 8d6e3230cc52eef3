/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What part of the tree something of the upper stands on: a directory that is merged with one of the tree's,
 * or a file that is only metadata and has its content there. With the union's lock held.
 */
#ifndef MICA_UNION_TREE_PART_H
#define MICA_UNION_TREE_PART_H

#include "union/core.h"

/* Of what the upper has at `w`, in `dir`; `in_tree`: the tree has that name there, too. *ret is 0 or has a
 * reference, *ret_attr says what it is. None is fine for a directory; a file's content that is nowhere is
 * -EIO. */
int tree_part_find(struct un *u, struct node *dir, struct where w, bool in_tree, uint32_t type, uint64_t *ret,
                   struct tree_attr *ret_attr);
/* Says of a node of a file, which the upper has at `w` away from its directory, whether its content is the
 * tree's, and whose. */
int tree_part_of_content(struct un *u, struct node *n, struct where w);

#endif

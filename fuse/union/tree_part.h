/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tree part of a file in the upper: the directory that it is merged with, or the content of a metacopy.
 * Called with the union's lock.
 */
#ifndef MICA_UNION_TREE_PART_H
#define MICA_UNION_TREE_PART_H

#include "union/core.h"

/* Find the part of the file at `w` in `dir`; `in_tree`: the tree has that name, too. *ret is 0 or owns a
 * reference, *ret_attr describes it. A directory may have none; a missing content is -EIO. */
int tree_part_find(struct un *u, struct node *dir, struct where w, bool in_tree, uint32_t type, uint64_t *ret,
                   struct tree_attr *ret_attr);
/* Find the content of a node whose file is at `w` outside its directory: sets whether it is the tree's, and
 * which. */
int tree_part_of_content(struct un *u, struct node *n, struct where w);

#endif

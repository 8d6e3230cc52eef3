/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_TREE_PATH_WALK_H
#define MICA_TREE_PATH_WALK_H

#include "tree/tree.h"

/* Resolves `path` from the root; leading and repeated slashes are ignored; "." and ".." stay inside the
 * tree. Symbolic links on the way are followed inside the tree, a final one only if `follow_last`; more
 * than 40 give -ELOOP. Takes a reference on *ret_node. */
int tree_walk(struct tree *t, const char *path, bool follow_last, uint64_t *ret_node,
              struct tree_attr *ret_attr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes by the names that programs use, for the files of this folder. Marks are left out
 * (xattr_policy.h); attributes that a mount hides are not. */
#ifndef MICA_UNION_ATTRIBUTES_H
#define MICA_UNION_ATTRIBUTES_H

#include "union/core.h"

/* Read from a node of the tree. A list always needs a buffer: no call asks for its size alone. */
ssize_t attributes_of_tree_get(struct un *u, uint64_t tree, const char *name, void *value, size_t size);
ssize_t attributes_of_tree_list(struct un *u, uint64_t tree, char *list, size_t size);

/* Read from a file of the upper. Lock held. */
ssize_t attributes_of_upper_get(struct un *u, struct where w, const char *name, void *value, size_t size);
ssize_t attributes_of_upper_list(struct un *u, struct where w, char *list, size_t size);
int attributes_of_upper_set(struct un *u, struct where w, const char *name, const void *value, size_t size,
                            int flags);
int attributes_of_upper_remove(struct un *u, struct where w, const char *name);

/* Read from a node of the union, in the upper or the tree. Takes the lock. */
ssize_t attributes_get(struct un *u, uint64_t node, const char *name, void *value, size_t size);
ssize_t attributes_list(struct un *u, uint64_t node, char *list, size_t size);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes by the names that programs give them, for the files of this folder: marks are not there
 * (xattr_policy.h), but what a mount hides is. */
#ifndef MICA_UNION_ATTRIBUTES_H
#define MICA_UNION_ATTRIBUTES_H

#include "union/core.h"

/* Of a node of the tree. Lists are never asked for without a buffer. */
ssize_t attributes_of_tree_get(struct un *u, uint64_t tree, const char *name, void *value, size_t size);
ssize_t attributes_of_tree_list(struct un *u, uint64_t tree, char *list, size_t size);

/* Of what is in the upper; lock held. */
ssize_t attributes_of_upper_get(struct un *u, struct where w, const char *name, void *value, size_t size);
ssize_t attributes_of_upper_list(struct un *u, struct where w, char *list, size_t size);
int attributes_of_upper_set(struct un *u, struct where w, const char *name, const void *value, size_t size,
                            int flags);
int attributes_of_upper_remove(struct un *u, struct where w, const char *name);

/* Of a node of the union, wherever it has them; takes the lock. */
ssize_t attributes_get(struct un *u, uint64_t node, const char *name, void *value, size_t size);
ssize_t attributes_list(struct un *u, uint64_t node, char *list, size_t size);

#endif

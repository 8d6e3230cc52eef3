/* SPDX-License-Identifier: Apache-2.0 */
/* The tree over live directories: merged one directory at a time when first looked at. */
#ifndef MICA_TREE_STACK_TREE_H
#define MICA_TREE_STACK_TREE_H

#include "os/err.h"
#include "tree/tree.h"

#define STACK_MAX_LAYERS 500

/* `fds`: open directories, topmost first; taken over on success (the array is copied). At most
 * STACK_MAX_LAYERS. `upper_fd` (-1: none; borrowed for the call): the upper directory of a branch on the
 * tree, for tree_outside_ino. `max_fds` bounds the descriptors that are kept open besides. */
int stack_tree_new(const int *fds, unsigned n, int upper_fd, unsigned max_fds, struct tree **ret,
                   struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Listings by a directory's node number. `timeout` in seconds, like listing_take; -ESTALE, -ENOTDIR. */
#ifndef MICA_STACK_STACK_LIST_H
#define MICA_STACK_STACK_LIST_H

#include "stack/stack_node.h"

/* Returns the names of a directory, read again if a listing `begins`; a reference. */
int node_list(struct stack_layers *l, struct stack_nodes *t, uint64_t id, bool begins, double timeout,
              struct listing **ret);

/* Opens a listing that the kernel caches (tree.h, tree_share_open); returns its names (a reference); ends it. */
enum tree_share node_list_share(struct stack_layers *l, struct stack_nodes *t, uint64_t id, double timeout);
int node_list_shared(struct stack_layers *l, struct stack_nodes *t, uint64_t id, double timeout,
                     struct listing **ret);
void node_list_unshare(struct stack_nodes *t, uint64_t id);

#endif

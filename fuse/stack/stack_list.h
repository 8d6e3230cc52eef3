/* SPDX-License-Identifier: Apache-2.0 */
/* Listings by the number of a directory's node. `timeout` in seconds, as listing_take; -ESTALE, -ENOTDIR. */
#ifndef MICA_STACK_STACK_LIST_H
#define MICA_STACK_STACK_LIST_H

#include "stack/stack_node.h"

/* The names of a directory, looked at again where a listing `begins`; a reference. */
int node_list(struct stack_layers *l, struct stack_nodes *t, uint64_t id, bool begins, double timeout,
              struct listing **ret);

/* A listing that the kernel keeps (tree.h, tree_share_open), its names (a reference), and its end. */
enum tree_share node_list_share(struct stack_layers *l, struct stack_nodes *t, uint64_t id, double timeout);
int node_list_shared(struct stack_layers *l, struct stack_nodes *t, uint64_t id, double timeout,
                     struct listing **ret);
void node_list_unshare(struct stack_nodes *t, uint64_t id);

#endif

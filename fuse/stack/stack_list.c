/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_list.h"

#include <errno.h>

static int take(struct stack_layers *l, struct stack_nodes *t, struct stack_node *node, bool begins,
                double timeout, struct listing **ret)
{
    struct stack_dir *dir = stack_node_dir(t, node);
    int r = dir ? listing_take(l, &dir->listing, dir->places, dir->n, begins, timeout, ret) : -ENOTDIR;
    stack_dir_unref(l, dir);
    return r;
}

int node_list(struct stack_layers *l, struct stack_nodes *t, uint64_t id, bool begins, double timeout,
              struct listing **ret)
{
    struct stack_node *node = stack_node_pin(t, id);
    if (!node)
        return -ESTALE;
    int r = take(l, t, node, begins, timeout, ret);
    stack_node_unpin(t, node);
    return r;
}

enum tree_share node_list_share(struct stack_layers *l, struct stack_nodes *t, uint64_t id, double timeout)
{
    struct stack_node *node = stack_node_pin(t, id);
    if (!node)
        return TREE_SHARE_NONE;
    struct stack_dir *dir = stack_node_dir(t, node);
    struct listing_share *share = dir ? stack_node_share(t, node) : NULL;
    enum tree_share how = TREE_SHARE_NONE;
    if (share)
        how = listing_share_open(l, share, &dir->listing, dir->places, dir->n, timeout);
    stack_dir_unref(l, dir);
    stack_node_unpin(t, node);
    return how;
}

int node_list_shared(struct stack_layers *l, struct stack_nodes *t, uint64_t id, double timeout,
                     struct listing **ret)
{
    struct stack_node *node = stack_node_pin(t, id);
    struct listing_share *share = node ? stack_node_share(t, node) : NULL;
    struct listing *list = share ? listing_share_get(share) : NULL;
    int r = share ? 0 : -ESTALE;
    if (share && !list) {
        r = take(l, t, node, true, timeout, &list);
        if (r == 0)
            list = listing_share_set(share, list);
    }
    if (node)
        stack_node_unpin(t, node);
    if (r == 0)
        *ret = list;
    return r;
}

void node_list_unshare(struct stack_nodes *t, uint64_t id)
{
    struct stack_node *node = stack_node_pin(t, id);
    if (!node)
        return;
    listing_share_close(stack_node_share(t, node));
    stack_node_unpin(t, node);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Merges a tree again, once all its layers are sound. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "indexing/merge.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "verify/repair.h"
#include "verify/stack.h"

/* Finds the tree's layers in an image's config, or else in the tree's own table. */
static int find_stack(struct repair *re, const struct digest *chain_id, struct stack *ret, struct err *err)
{
    struct index *ix;
    int r;

    for (size_t i = 0; i < re->needs.n; i++) {
        const struct need *n = &re->needs.all[i];

        if (!n->stack || !digest_equal(&n->chain_id, chain_id))
            continue;
        *ret = (struct stack){calloc(n->n_stack + 1, sizeof *ret->ids), n->n_stack};
        if (!ret->ids)
            return err_errno(err, ENOMEM, "cannot make it anew");
        memcpy(ret->ids, n->stack, n->n_stack * sizeof *ret->ids);
        return 0;
    }
    if (store_open_tree_index(re->s, chain_id, &ix, NULL) < 0)
        return err_set(err, ENOENT, "its layers are unknown");
    r = stack_of_tree(ix, chain_id, ret, err);
    index_free(ix);
    return r;
}

/* Is the layer present and sound? */
static bool is_sound(const struct repair *re, const struct digest *diff_id)
{
    for (size_t i = 0; i < re->found->n; i++) {
        const struct verify_finding *f = &re->found->findings[i];

        if (f->object == VERIFY_LAYER && !f->repaired && digest_equal(&f->digest, diff_id))
            return false;
    }
    return store_has_layer(re->s, diff_id);
}

static int merge(struct repair *re, const struct stack *stack, const char *name, struct err *err)
{
    cleanup_free struct merge_layer *layers = calloc(stack->n + 1, sizeof *layers);
    cleanup_free struct index **indexes = calloc(stack->n + 1, sizeof(struct index *));
    cleanup_fd int fd = beneath_open(tx_fd(re->tx), name, O_RDWR | O_CREAT | O_EXCL, 0600);
    int r = 0;

    if (fd < 0 || !layers || !indexes)
        return err_errno(err, fd < 0 ? -fd : ENOMEM, "cannot make it anew");
    for (size_t i = 0; r == 0 && i < stack->n; i++) {
        r = store_open_layer_index(re->s, &stack->ids[i], &indexes[i], err);
        layers[i] = (struct merge_layer){indexes[i], stack->ids[i].bytes, digest_len(stack->ids[i].alg)};
    }
    if (r == 0)
        r = merge_layers(layers, (uint32_t)stack->n, tx_fd(re->tx), fd, re->opt->cancel, err);
    for (size_t i = 0; i < stack->n && indexes[i]; i++)
        index_free(indexes[i]);
    if (r < 0)
        beneath_remove(tx_fd(re->tx), name);
    return r;
}

int repair_tree(struct repair *re, const struct verify_finding *f, struct err *err)
{
    struct stack stack = {NULL, 0};
    char name[REPAIR_NAME_MAX];
    int r = find_stack(re, &f->digest, &stack, err);

    for (size_t i = 0; r == 0 && i < stack.n; i++)
        if (!is_sound(re, &stack.ids[i]))
            r = err_set(err, EAGAIN, "a layer of it is damaged or missing");
    if (r == 0) {
        repair_name(re, "tree", name);
        r = merge(re, &stack, name, err);
    }
    stack_free(&stack);
    if (r == -EAGAIN)
        return 0;
    return r < 0 ? r : repair_made(re, f, name, err);
}

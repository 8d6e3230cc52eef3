/* SPDX-License-Identifier: Apache-2.0 */
#include "export/new_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexing/merge.h"
#include "os/beneath.h"
#include "os/cleanup.h"

#define TREE_NAME "tree"

static int open_top(struct tx *tx, const char *name, struct index **ret, struct err *err)
{
    char path[64];
    cleanup_fd int fd = -1;

    snprintf(path, sizeof path, "%s/index", name);
    fd = beneath_open(tx_fd(tx), path, O_RDONLY, 0);
    if (fd < 0)
        return err_errno(err, -fd, "cannot open the index of the new layer");
    return index_open(fd, "the index of the new layer", INDEX_LAYER, ret, err);
}

static int open_stack(struct store *s, struct tx *tx, const struct digest *diff_ids, size_t n,
                      const char *top_name, struct merge_layer *layers, struct index **indexes,
                      struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        int r = top_name && i == n - 1 ? open_top(tx, top_name, &indexes[i], err)
                                       : store_open_layer_index(s, &diff_ids[i], &indexes[i], err);

        if (r < 0)
            return r;
        layers[i] = (struct merge_layer){indexes[i], diff_ids[i].bytes, digest_len(diff_ids[i].alg)};
    }
    return 0;
}

static int merge(struct store *s, struct tx *tx, const struct digest *diff_ids, size_t n,
                 const char *top_name, const atomic_bool *cancel, struct err *err)
{
    cleanup_free struct merge_layer *layers = calloc(n + 1, sizeof *layers);
    cleanup_free struct index **indexes = calloc(n + 1, sizeof(struct index *));
    cleanup_fd int fd = beneath_open(tx_fd(tx), TREE_NAME, O_RDWR | O_CREAT | O_EXCL, 0600);
    int r;

    if (fd < 0 || !layers || !indexes)
        return err_errno(err, fd < 0 ? -fd : ENOMEM, "cannot make a tree in the store");
    r = open_stack(s, tx, diff_ids, n, top_name, layers, indexes, err);
    if (r == 0)
        r = merge_layers(layers, (uint32_t)n, tx_fd(tx), fd, cancel, err);
    for (size_t i = 0; i < n && indexes[i]; i++)
        index_free(indexes[i]);
    return r;
}

int new_tree(struct store *s, struct tx *tx, const struct digest *diff_ids, size_t n, const char *top_name,
             const atomic_bool *cancel, struct err *err)
{
    struct digest chain;
    int r;

    r = digest_chain(diff_ids, n, &chain);
    if (r < 0)
        return err_errno(err, -r, "the new image");
    if (store_has_tree(s, &chain))
        return 0;
    r = merge(s, tx, diff_ids, n, top_name, cancel, err);
    if (r < 0)
        return r == -ECANCELED ? err_set(err, ECANCELED, "interrupted") : r;
    r = tx_add_tree(tx, TREE_NAME, &chain);
    return r < 0 ? err_errno(err, -r, "cannot keep the tree") : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "import/build_tree.h"

#include <errno.h>
#include <fcntl.h>

#include "import/run_layers.h"
#include "indexing/merge.h"
#include "os/beneath.h"
#include "os/cleanup.h"

/* Opens the index of a layer that a work of this import made. */
static int open_new_index(const struct plan *p, const struct layer_work *w, const struct tx *tx,
                          struct index **ret, struct err *err)
{
    char name[WORK_NAME_MAX], path[WORK_NAME_MAX + sizeof("/index")];
    cleanup_fd int fd = -1;
    size_t n = 0;

    while (p->works[n] != w)
        n++;
    work_layer_name(n, name);
    snprintf(path, sizeof(path), "%s/index", name);
    fd = beneath_open(tx_fd(tx), path, O_RDONLY, 0);
    if (fd < 0)
        return err_errno(err, -fd, "cannot open the index of a new layer");
    return index_open(fd, "the index of a new layer", INDEX_LAYER, ret, err);
}

static int open_index(const struct plan *p, const struct digest *diff_id, const struct tx *tx,
                      struct index **ret, struct err *err)
{
    const struct layer_work *maker = plan_maker(p, diff_id);

    return maker ? open_new_index(p, maker, tx, ret, err)
                 : store_open_layer_index(p->store, diff_id, ret, err);
}

/* A layer that occurs twice in the stack is opened twice: the mapping is shared in the page cache. */
static int open_stack(const struct plan *p, const struct planned_image *pi, const struct tx *tx,
                      struct index **indexes, struct merge_layer *layers, struct err *err)
{
    for (size_t i = 0; i < pi->source->n_layers; i++) {
        const struct digest *diff_id = &pi->source->layers[i].diff_id;
        int r = open_index(p, diff_id, tx, &indexes[i], err);

        if (r < 0)
            return r;
        layers[i] = (struct merge_layer){indexes[i], diff_id->bytes, digest_len(diff_id->alg)};
    }
    return 0;
}

static int merge_stack(const struct plan *p, const struct planned_image *pi, const struct tx *tx, int fd,
                       const atomic_bool *cancel, struct err *err)
{
    size_t n = pi->source->n_layers;
    cleanup_free struct merge_layer *layers = calloc(n + 1, sizeof(*layers));
    cleanup_free struct index **indexes = calloc(n + 1, sizeof(struct index *));
    int r;

    if (!layers || !indexes)
        return err_errno(err, ENOMEM, "cannot merge the layers");
    r = open_stack(p, pi, tx, indexes, layers, err);
    if (r == 0)
        r = merge_layers(layers, (uint32_t)n, tx_fd(tx), fd, cancel, err);
    for (size_t i = 0; i < n && indexes[i]; i++)
        index_free(indexes[i]);
    return r;
}

static bool is_first_with_tree(const struct plan *p, size_t image)
{
    for (size_t i = 0; i < image; i++)
        if (digest_equal(&p->images[i].chain_id, &p->images[image].chain_id))
            return false;
    return true;
}

static int build_tree(const struct plan *p, size_t image, struct tx *tx, const atomic_bool *cancel,
                      struct err *err)
{
    char name[WORK_NAME_MAX];
    cleanup_fd int fd = -1;
    int r;

    snprintf(name, sizeof(name), "tree-%zu", image);
    fd = beneath_open(tx_fd(tx), name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return err_errno(err, -fd, "cannot make a tree in the store");
    r = merge_stack(p, &p->images[image], tx, fd, cancel, err);
    if (r < 0)
        return r;
    r = tx_add_tree(tx, name, &p->images[image].chain_id);
    if (r == 0) /* an existing tree is damaged */
        r = tx_replace(tx, OBJECT_TREE, &p->images[image].chain_id);
    return r < 0 ? err_errno(err, -r, "cannot keep the tree") : 0;
}

/* Does this import replace a damaged layer of the tree? The tree is then rebuilt too: it holds the
 * positions of contents in the layer. */
static bool is_mended(const struct plan *p, const struct planned_image *pi)
{
    for (size_t i = 0; i < pi->source->n_layers; i++) {
        const struct layer_work *maker = plan_maker(p, &pi->source->layers[i].diff_id);

        if (maker && maker->mends_layer)
            return true;
    }
    return false;
}

int build_trees(struct plan *p, struct tx *tx, const atomic_bool *cancel, struct err *err)
{
    for (size_t i = 0; i < p->n_images; i++) {
        const struct planned_image *pi = &p->images[i];
        int r;

        if (pi->unchanged || (store_tree_opens(p->store, &pi->chain_id) && !is_mended(p, pi)) ||
            !is_first_with_tree(p, i))
            continue;
        r = build_tree(p, i, tx, cancel, err);
        if (r == -ECANCELED)
            return err_set(err, ECANCELED, "the import was cancelled");
        if (r < 0)
            return pi->n_names ? err_prefix(err, r, "%s", pi->names[0]) : r;
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount has mapped its tree, which has the places of contents in the layers, and opens the layers by name. A
 * mounted layer may therefore be replaced only by one that has every content of the tree in the same place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "verify/repair.h"

struct place {
    uint64_t position, size, hash;
    uint32_t flags;
};

static int compare_places(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;

    if (a->flags != b->flags)
        return a->flags < b->flags ? -1 : 1;
    if (a->position != b->position)
        return a->position < b->position ? -1 : 1;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

/* Lists the places of all contents; in a tree, of the contents of layer `layer`. */
static int list_places(const struct index *ix, bool is_tree, uint32_t layer, struct place **ret,
                       size_t *ret_n)
{
    cleanup_free struct place *all = calloc(index_inodes(ix) + 1, sizeof *all);
    size_t n = 0;

    if (!all)
        return -ENOMEM;
    for (uint64_t i = 1; i <= index_inodes(ix); i++) {
        struct index_inode in;

        if (index_inode(ix, i, &in) < 0)
            return -EUCLEAN;
        if (S_ISREG(in.mode) && !(in.flags & INODE_LOWER_LINK) && (!is_tree || in.layer == layer))
            all[n++] = (struct place){in.place, in.size, in.content_hash, in.flags & INODE_OWN_FILE};
    }
    if (n)
        qsort(all, n, sizeof *all, compare_places);
    *ret = steal_ptr(&all);
    *ret_n = n;
    return 0;
}

/* Does the new layer have all contents of the tree's layer, in the same places? */
static int compare_with_tree(const struct index *tree, uint32_t layer, const struct place *fresh,
                             size_t n_fresh)
{
    cleanup_free struct place *shown = NULL;
    size_t n;
    int r = list_places(tree, true, layer, &shown, &n);

    for (size_t i = 0; r == 0 && i < n; i++)
        if (!bsearch(&shown[i], fresh, n_fresh, sizeof *fresh, compare_places))
            r = -EBUSY;
    return r;
}

/* Checks one mount. A tree that is no longer readable shows nothing that could become wrong. */
static int check_mount(struct repair *re, const struct lease_info *l, const struct digest *diff_id,
                       const struct place *fresh, size_t n)
{
    struct index *tree;
    int r = 0;

    if (store_open_tree_index(re->s, &l->chain_id, &tree, NULL) < 0)
        return 0;
    for (uint32_t i = 0; r == 0 && i < index_layers(tree); i++) {
        const uint8_t *bytes;
        size_t len;

        if (index_layer(tree, i, &bytes, &len) == 0 && len == digest_len(diff_id->alg) &&
            memcmp(bytes, diff_id->bytes, len) == 0)
            r = compare_with_tree(tree, i, fresh, n);
    }
    index_free(tree);
    return r == -EUCLEAN ? 0 : r;
}

static int open_fresh(struct repair *re, const char *name, struct index **ret, struct err *err)
{
    char path[REPAIR_NAME_MAX + sizeof "/index"];

    snprintf(path, sizeof path, "%s/index", name);
    cleanup_fd int fd = beneath_open(tx_fd(re->tx), path, O_RDONLY, 0);
    return fd < 0 ? err_errno(err, -fd, "cannot open the index of the new layer")
                  : index_open(fd, "the new layer", INDEX_LAYER, ret, err);
}

int repair_check_mounts(struct repair *re, const struct digest *diff_id, const char *name, struct err *err)
{
    cleanup_free struct place *fresh = NULL;
    struct lease_list leases;
    struct index *ix;
    size_t n = 0;
    int r = store_leases(re->s, &leases, err);

    if (r < 0 || leases.n == 0)
        return r;
    r = open_fresh(re, name, &ix, err);
    if (r == 0) {
        r = list_places(ix, false, 0, &fresh, &n);
        index_free(ix);
        if (r < 0)
            err_errno(err, -r, "cannot read the index of the new layer");
    }
    for (size_t i = 0; r == 0 && i < leases.n; i++) {
        r = check_mount(re, &leases.leases[i], diff_id, fresh, n);
        if (r < 0)
            err_set(
                err, -r,
                "it is mounted on %s, and the new layer has its files in other places; first: mica umount %s",
                leases.leases[i].mountpoint, leases.leases[i].mountpoint);
    }
    lease_list_free(&leases);
    return r;
}

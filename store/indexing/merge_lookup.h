/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the layers of a stack what a path means, without having merged them. Private to merge.c, which needs
 * it for hard links to what lower layers have. */
#ifndef MICA_INDEXING_MERGE_LOOKUP_H
#define MICA_INDEXING_MERGE_LOOKUP_H

#include "indexing/merge.h"
#include "os/buf.h"
#include "tree/resolve.h"

/* An inode of one layer. */
struct part {
    uint32_t layer, inode;
};

static inline struct part *part_at(const struct buf *parts, size_t n)
{
    return &((struct part *)(void *)parts->data)[n];
}

/* What a layer says of a name; `in` is the name's inode and does not count for a whiteout. */
struct fact merge_fact(const struct index_name *name, const struct index_inode *in);

/* Appends to `parts` the roots that take part in the root of the layers below `below`, topmost first.
 * *ret_meta is the one that gives the metadata, layer UINT32_MAX for none. -EUCLEAN: ret_meta->layer is
 * damaged. */
int merge_lookup_root(const struct merge_layer *layers, uint32_t below, struct buf *parts,
                      struct part *ret_meta);

/* Finds what is no directory at `path` in the layers below `below`. Symbolic links on the way are followed as
 * in a chroot of what is merged of those layers; the last component is not. Each time that a layer is asked
 * for a name takes one from *steps, each link as many as its target is long. -ENOENT, -EISDIR, -ELOOP (more
 * than LINK_PATH_LINKS_MAX links), -EUCLEAN (ret->layer is damaged), -E2BIG (no steps are left). */
int merge_lookup(const struct merge_layer *layers, uint32_t below, const char *path, size_t len,
                 uint64_t *steps, struct part *ret);

#endif

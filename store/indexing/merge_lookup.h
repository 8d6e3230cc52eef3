/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving a path in the layers of a stack without merging them. Private to merge.c, which needs it for
 * hard links to files of lower layers. */
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

/* Returns the fact of a layer about a name; `in` is the name's inode, ignored for a whiteout. */
struct fact merge_fact(const struct index_name *name, const struct index_inode *in);

/* Appends to `parts` the roots that take part in the root of the layers below `below`, topmost first.
 * *ret_meta is the one that gives the metadata, layer UINT32_MAX for none. -EUCLEAN: ret_meta->layer is
 * damaged. */
int merge_lookup_root(const struct merge_layer *layers, uint32_t below, struct buf *parts,
                      struct part *ret_meta);

/* Finds the non-directory at `path` in the layers below `below`. Follows symbolic links on the way as in a
 * chroot of those merged layers, but not the last component. Each lookup in a layer takes one from *steps,
 * each link as many as the bytes of its target. -ENOENT, -EISDIR, -ELOOP (more than LINK_PATH_LINKS_MAX
 * links), -EUCLEAN (ret->layer is damaged), -E2BIG (no steps left). */
int merge_lookup(const struct merge_layer *layers, uint32_t below, const char *path, size_t len,
                 uint64_t *steps, struct part *ret);

#endif

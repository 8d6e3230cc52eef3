/* SPDX-License-Identifier: Apache-2.0 */
/* Hard links of a layer to what the layers beneath have ("lower links", store/FORMAT.md): which inode of which layer
 * each is, in a stack. */
#ifndef MICA_INDEXING_MERGE_LINKS_H
#define MICA_INDEXING_MERGE_LINKS_H

#include "indexing/merge_lookup.h"

struct merge_links {
    const struct merge_layer *layers;
    uint32_t n_layers;
    struct part *
        *found; /* found[layer][inode]: the inode that a link of the layer is; NULL: no link was followed */
    struct buf way; /* struct part: the links that are being followed */
    uint64_t steps; /* that are left */
    struct err *err;
};

/* `layers` (bottom first) and `err` are borrowed. Release it also after -ENOMEM. */
int merge_links_init(struct merge_links *l, const struct merge_layer *layers, uint32_t n, struct err *err);
void merge_links_release(struct merge_links *l);

/* Follows the inode `in` of *p, while it is a lower link, to the inode that it is; both are replaced. `name` is for
 * errors: a link to something that no lower layer has (-ENOENT), to a directory (-EISDIR), in a circle or through too
 * many symbolic links (-ELOOP), one link too many to follow (-E2BIG), a damaged layer (-EUCLEAN). */
int merge_links_follow(struct merge_links *l, struct part *p, struct index_inode *in,
                       const struct index_name *name);

/* Sets the line that says that a layer's index is damaged: -EUCLEAN. */
int merge_damaged(struct err *err, uint32_t layer);

#endif

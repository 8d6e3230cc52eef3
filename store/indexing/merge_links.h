/* SPDX-License-Identifier: Apache-2.0 */
/* Hard links of a layer to files of lower layers ("lower links", store/FORMAT.md): finds the inode and
 * layer of each in a stack. */
#ifndef MICA_INDEXING_MERGE_LINKS_H
#define MICA_INDEXING_MERGE_LINKS_H

#include "indexing/merge_lookup.h"

struct merge_links {
    const struct merge_layer *layers;
    uint32_t n_layers;
    struct part **found; /* found[layer][inode]: the target's inode of a link of the layer; NULL: no link was
                 * followed */
    struct buf way;      /* struct part: the links being followed */
    uint64_t steps;      /* number left */
    struct err *err;
};

/* Initialises `l`. `layers` (bottom first) and `err` are borrowed. Release it also after -ENOMEM. */
int merge_links_init(struct merge_links *l, const struct merge_layer *layers, uint32_t n, struct err *err);
void merge_links_release(struct merge_links *l);

/* Replaces the inode `in` of *p, while it is a lower link, by the link's target, and *p too. `name` is for
 * errors: a link to a name that no lower layer has (-ENOENT), to a directory (-EISDIR), in a circle or
 * through too many symbolic links (-ELOOP), too many links in total (-E2BIG), a damaged layer (-EUCLEAN). */
int merge_links_follow(struct merge_links *l, struct part *p, struct index_inode *in,
                       const struct index_name *name);

/* Sets the line for a damaged index of a layer; returns -EUCLEAN. */
int merge_damaged(struct err *err, uint32_t layer);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Merges the names of one directory in several layers into one order. For merge.c and store/study. */
#ifndef MICA_INDEXING_MERGE_ORDER_H
#define MICA_INDEXING_MERGE_ORDER_H

#include "indexing/merge.h"
#include "os/buf.h"
#include "tree/index.h"

/* One name in one layer. */
struct candidate {
    struct index_name name;
    uint32_t layer;
    uint32_t dir; /* that layer's directory with the name */
};

struct merge_order {
    const struct merge_layer *layers;
    struct buf runs; /* struct run (merge_order.c) with names left: a heap, the next candidate first */
    struct buf same; /* struct candidate: the last result */
};

/* Adds the names of a layer's directory. -ENOMEM; -EUCLEAN: the layer is damaged. */
int merge_order_add(struct merge_order *o, uint32_t layer, uint32_t dir);
/* Gets the next name: all candidates for it, those of upper layers first, valid until the next call.
 * Returns their number; 0 at the end; -ENOMEM; -EUCLEAN: *ret_layer is damaged. */
int merge_order_next(struct merge_order *o, const struct candidate **ret, uint32_t *ret_layer);
void merge_order_free(struct merge_order *o);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of layers and what is chosen of it: of one image a layer or a range of layers, of two how many layers of each are
 * compared. Pure.
 */
#ifndef MICA_EXPLORE_LAYER_LIST_H
#define MICA_EXPLORE_LAYER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A layer, or with `layer` UINT32_MAX the heading of an image of two. */
struct layer_item {
    uint32_t image; /* 0, 1 */
    uint32_t layer; /* bottom = 0 */
};
#define LAYER_HEADING UINT32_MAX

struct layer_list {
    struct layer_item *items;
    size_t n;
    size_t cursor;
    uint32_t layers[2]; /* of each image; [1] is 0 for one image */
    bool two;
    uint32_t upto[2]; /* of two: layers of each that are compared */
    bool has_range;   /* of one: from `anchor` to the cursor */
    uint32_t anchor;
    bool all_below; /* of one: from the bottom to the cursor */
};

/* Lists the layers; the top one of the (second) image is chosen. 0 or -ENOMEM. */
int layer_list_init(struct layer_list *l, uint32_t layers_a, bool two, uint32_t layers_b);
void layer_list_free(struct layer_list *l);
/* Puts the cursor on an item, within the list. */
void layer_list_go(struct layer_list *l, size_t item);
void layer_list_range(struct layer_list *l); /* begins a range at the cursor, or ends it */
void layer_list_all_below(struct layer_list *l);
void layer_list_one(struct layer_list *l);
/* The snapshots to compare: the number of layers in each. Of one image without layers: 0 and 0. */
void layer_list_chosen(const struct layer_list *l, uint32_t *ret_upto_a, uint32_t *ret_upto_b);
/* Is the item part of what is chosen? */
bool layer_list_has(const struct layer_list *l, size_t item);

#endif

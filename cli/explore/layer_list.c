/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/layer_list.h"

#include <errno.h>
#include <stdlib.h>

static void add(struct layer_list *l, uint32_t image, uint32_t layers)
{
    if (l->two)
        l->items[l->n++] = (struct layer_item){image, LAYER_HEADING};
    for (uint32_t i = 0; i < layers; i++)
        l->items[l->n++] = (struct layer_item){image, i};
}

int layer_list_init(struct layer_list *l, uint32_t layers_a, bool two, uint32_t layers_b)
{
    *l = (struct layer_list){.two = two, .layers = {layers_a, two ? layers_b : 0}};
    l->items = calloc((size_t)layers_a + layers_b + 2, sizeof *l->items);
    if (!l->items)
        return -ENOMEM;
    add(l, 0, layers_a);
    if (two)
        add(l, 1, layers_b);
    l->upto[0] = layers_a;
    l->upto[1] = layers_b;
    l->cursor = l->n ? l->n - 1 : 0;
    return 0;
}

void layer_list_free(struct layer_list *l)
{
    free(l->items);
    *l = (struct layer_list){0};
}

void layer_list_go(struct layer_list *l, size_t item)
{
    if (l->n == 0)
        return;
    l->cursor = item < l->n ? item : l->n - 1;
    const struct layer_item *at = &l->items[l->cursor];
    if (l->two)
        l->upto[at->image] = at->layer == LAYER_HEADING ? l->layers[at->image] : at->layer + 1;
}

void layer_list_range(struct layer_list *l)
{
    if (l->two || l->n == 0)
        return;
    l->has_range = !l->has_range;
    l->anchor = l->items[l->cursor].layer;
    l->all_below = false;
}

void layer_list_all_below(struct layer_list *l)
{
    l->all_below = !l->two;
    l->has_range = false;
}

void layer_list_one(struct layer_list *l)
{
    l->all_below = l->has_range = false;
}

void layer_list_chosen(const struct layer_list *l, uint32_t *ret_upto_a, uint32_t *ret_upto_b)
{
    uint32_t from, to;

    *ret_upto_a = l->upto[0];
    *ret_upto_b = l->upto[1];
    if (l->two)
        return;
    *ret_upto_a = *ret_upto_b = 0;
    if (l->n == 0)
        return;
    from = to = l->items[l->cursor].layer;
    if (l->has_range && l->anchor < from)
        from = l->anchor;
    if (l->has_range && l->anchor > to)
        to = l->anchor;
    *ret_upto_a = l->all_below ? 0 : from;
    *ret_upto_b = to + 1;
}

bool layer_list_has(const struct layer_list *l, size_t item)
{
    const struct layer_item *at = &l->items[item];
    uint32_t a, b;

    layer_list_chosen(l, &a, &b);
    if (at->layer == LAYER_HEADING)
        return false;
    return l->two ? at->layer < l->upto[at->image] : at->layer >= a && at->layer < b;
}

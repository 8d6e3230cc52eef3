/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node numbers of a tree of views. Pure.
 *
 * Each view has a range: the number of a file is the range's base and the file's number in the view, 1 for its root. The
 * ranges are laid out by the limits of the views' sizes, before any view is made: numbers are the same in each mount
 * of an image, and have 32 bits as long as all limits together do.
 */
#ifndef MICA_VIEWS_VIEW_NUMBERS_H
#define MICA_VIEWS_VIEW_NUMBERS_H

#include <stdint.h>

#include "views/view_stack.h"

/* Made-up directories, numbered from TREE_ROOT: the tree's root, then one for each kind of view, in the order of enum
 * view_kind. */
#define VIEWS_DIR(kind) (2 + (uint64_t)(kind))
#define VIEWS_DIRS      (1 + VIEW_KINDS)

/* Ranges, sorted: the merged image's, then those of each kind of view, bottom layer first. */
struct view_range {
    uint64_t base, room; /* numbers base + 1 .. base + room */
};

/* Returns how many ranges a stack of `n` layers has. */
static inline uint64_t view_ranges(uint32_t n)
{
    return 1 + (uint64_t)VIEW_KINDS * n;
}
static inline uint64_t view_range_of(uint32_t n, enum view_kind kind, uint32_t layer)
{
    return 1 + (uint64_t)kind * n + layer;
}

/* Fills `ret`, of view_ranges(s->n) members, for a merged image of `image` files. -EOVERFLOW. */
int view_numbers_lay_out(const struct view_stack *s, uint64_t image, struct view_range *ret);
/* Finds the range of a number; UINT64_MAX: it has none. */
uint64_t view_numbers_find(const struct view_range *ranges, uint64_t n, uint64_t number);

#endif

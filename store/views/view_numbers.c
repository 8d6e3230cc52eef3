/* SPDX-License-Identifier: Apache-2.0 */
#include "views/view_numbers.h"

#include <errno.h>

/* Returns the limit of a view's files. `below`: the files of the layer and of all below it. A layer alone has a marker
 * for each whiteout, and at most two for each of its directories. */
static uint64_t limit(const struct index *layer, enum view_kind kind, uint64_t below)
{
    uint64_t own = index_inodes(layer);

    return kind == VIEW_UPTO ? below : kind == VIEW_HIDDEN ? own : 2 * own + index_names(layer);
}

int view_numbers_lay_out(const struct view_stack *s, uint64_t image, struct view_range *ret)
{
    uint64_t base = VIEWS_DIRS;

    *ret++ = (struct view_range){base, image};
    base += image;
    for (unsigned kind = 0; kind < VIEW_KINDS; kind++) {
        uint64_t below = 0;

        for (uint32_t i = 0; i < s->n; i++) {
            below += index_inodes(s->indexes[i]); /* less than 2^32 each, and fewer than 2^17 layers */
            *ret = (struct view_range){base, limit(s->indexes[i], (enum view_kind)kind, below)};
            if (__builtin_add_overflow(base, ret->room, &base) || base > UINT64_MAX / 4)
                return -EOVERFLOW;
            ret++;
        }
    }
    return 0;
}

uint64_t view_numbers_find(const struct view_range *ranges, uint64_t n, uint64_t number)
{
    uint64_t low = 0, high = n;

    /* The last range that begins before the number. */
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (ranges[middle].base < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || number - ranges[low - 1].base > ranges[low - 1].room)
        return UINT64_MAX;
    return low - 1;
}

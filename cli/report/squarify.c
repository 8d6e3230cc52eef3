/* SPDX-License-Identifier: Apache-2.0 */
#include "report/squarify.h"

#include <stdbool.h>

#define WORST UINT64_MAX

typedef __uint128_t wide;

/* A row of sizes[first .. end) along the shorter side of the free area. */
struct row {
    size_t first, end;
    wide sum;
};

/* part / whole of `length`, rounded down. A length has 32 bits and a sum of sizes at most 96: no overflow. */
static uint32_t share(uint32_t length, wide part, wide whole)
{
    return whole ? (uint32_t)(length * part / whole) : 0;
}

/* The longer side of a w x h rectangle over the shorter one, in 1/1024. */
static uint64_t aspect(uint32_t w, uint32_t h)
{
    uint32_t longer = w > h ? w : h, shorter = w > h ? h : w;

    return shorter ? ((uint64_t)longer << 10) / shorter : WORST;
}

/* The worst aspect of a row: its first item is the largest and its last one the smallest. `side` is the length of the row,
 * `depth` that of the free area across it, `left` the sum of all sizes without a place. */
static uint64_t worst(const uint64_t *sizes, const struct row *r, uint32_t side, uint32_t depth, wide left)
{
    uint32_t thick = share(depth, r->sum, left);
    uint64_t large = aspect(thick, share(side, sizes[r->first], r->sum));
    uint64_t small = aspect(thick, share(side, sizes[r->end - 1], r->sum));

    return large > small ? large : small;
}

/* Takes items into the row as long as that does not make it worse. */
static void fill(const uint64_t *sizes, size_t n, struct row *r, uint32_t side, uint32_t depth, wide left)
{
    uint64_t now;

    r->end = r->first + 1;
    r->sum = sizes[r->first];
    now = worst(sizes, r, side, depth, left);
    while (r->end < n && sizes[r->end]) {
        struct row longer = {r->first, r->end + 1, r->sum + sizes[r->end]};
        uint64_t then = worst(sizes, &longer, side, depth, left);

        if (then > now && now != WORST)
            break;
        *r = longer;
        now = then;
    }
}

/* Places the row at the left or upper edge of the free area; each item ends where the next one begins. */
static void place(const uint64_t *sizes, const struct row *r, const struct rect *area, bool upright,
                  uint32_t thick, struct rect *ret)
{
    uint32_t side = upright ? area->h : area->w, begin = 0;
    wide sum = 0;

    for (size_t i = r->first; i < r->end; i++) {
        sum += sizes[i];
        uint32_t end = share(side, sum, r->sum);
        ret[i] = upright ? (struct rect){area->x, area->y + begin, thick, end - begin}
                         : (struct rect){area->x + begin, area->y, end - begin, thick};
        begin = end;
    }
}

void squarify(const uint64_t *sizes, size_t n, struct rect area, struct rect *ret)
{
    wide left = 0;
    size_t i = 0;

    for (size_t k = 0; k < n; k++)
        left += sizes[k];
    while (i < n && sizes[i] && left) {
        bool upright = area.w >= area.h;
        uint32_t side = upright ? area.h : area.w, depth = upright ? area.w : area.h;
        struct row r = {.first = i};

        fill(sizes, n, &r, side, depth, left);
        uint32_t thick = share(depth, r.sum, left);
        place(sizes, &r, &area, upright, thick, ret);
        area = upright ? (struct rect){area.x + thick, area.y, area.w - thick, area.h}
                       : (struct rect){area.x, area.y + thick, area.w, area.h - thick};
        left -= r.sum;
        i = r.end;
    }
    for (; i < n; i++)
        ret[i] = (struct rect){area.x, area.y, 0, 0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/palette.h"

#include <stdint.h>

#define N_ANCHORS (sizeof light / sizeof *light)

/* Around the wheel of OKLCH from hue 255 to 310 downwards: lightness 0.82, chroma 0.085; lightness 0.44, chroma 0.075. Text
 * has a contrast of more than 7 on each. */
static const uint32_t light[] = {0x9fc7fb, 0x85d0ee, 0x7ed6d5, 0x8ed6b6, 0xadd199, 0xccc887,
                                 0xe1bf84, 0xeeb88c, 0xf5b19c, 0xf6aeb2, 0xedaed1, 0xd5b5ee};
static const uint32_t dark[] = {0x35547b, 0x165b72, 0x005f5f, 0x215f48, 0x405c30, 0x59551e,
                                0x684d1c, 0x714824, 0x764333, 0x764045, 0x70415c, 0x5f4671};

static size_t colours(size_t n)
{
    return n < PALETTE_MAX ? n : PALETTE_MAX;
}

unsigned palette_class(size_t layer, size_t n)
{
    return (unsigned)(n <= PALETTE_MAX ? layer : layer * PALETTE_MAX / n) + 1;
}

/* Colour `i` of `n`: between two anchors; every other one of many is a little darker, to tell neighbours apart. */
static uint32_t colour(const uint32_t *anchors, size_t i, size_t n)
{
    size_t at = n > 1 ? i * (N_ANCHORS - 1) * 256 / (n - 1) : 0, low = at / 256, part = at % 256;
    size_t high = low + 1 < N_ANCHORS ? low + 1 : low;
    uint32_t mixed = 0;

    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t a = anchors[low] >> shift & 255, b = anchors[high] >> shift & 255;
        uint32_t c = (uint32_t)((a * (256 - part) + b * part) / 256);

        if (n > 6 && i % 2)
            c = c * 15 / 16;
        mixed |= c << shift;
    }
    return mixed;
}

static int put(struct buf *out, const uint32_t *anchors, size_t n)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < n; i++)
        r = buf_printf(out, ".l%zu{--c:#%06x}\n", i + 1, colour(anchors, i, n));
    return r;
}

int palette_css(struct buf *out, size_t n)
{
    static const char open[] = "@media (prefers-color-scheme:dark){\n", close[] = "}\n";
    int r = put(out, light, colours(n));

    if (r == 0)
        r = buf_append(out, open, sizeof open - 1);
    if (r == 0)
        r = put(out, dark, colours(n));
    return r == 0 ? buf_append(out, close, sizeof close - 1) : r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/layout.h"

enum {
    BOTH_COLUMNS = 60, /* from here on both sides have room */
    LAYERS_MIN = 26,
    LAYERS_MAX = 70,
    DETAILS_FROM = 14, /* lines of the screen from which on there are details */
    DETAILS_MIN = 5,
    DETAILS_MAX = 12,
};

static int within(int n, int low, int high)
{
    return n < low ? low : n > high ? high : n;
}

struct layout layout_of(int lines, int columns, enum explore_pane focus, bool details)
{
    struct layout l = {.divider = -1};
    int top = lines >= 3, bottom = lines >= 2, body, left;

    if (lines < 1 || columns < 1)
        return l;
    if (top)
        l.title = (struct layout_part){0, 0, 1, columns};
    if (bottom)
        l.status = (struct layout_part){lines - 1, 0, 1, columns};
    body = lines - top - bottom;
    if (details && lines >= DETAILS_FROM) {
        int height = within(lines / 4, DETAILS_MIN, DETAILS_MAX);

        body -= height;
        l.details = (struct layout_part){top + body, 0, height, columns};
    }
    left = columns < BOTH_COLUMNS ? columns : within(columns * 2 / 5, LAYERS_MIN, LAYERS_MAX);
    if (left == columns) {
        struct layout_part *one = focus == PANE_LAYERS ? &l.layers : &l.tree;
        *one = (struct layout_part){top, 0, body, columns};
        return l;
    }
    l.layers = (struct layout_part){top, 0, body, left};
    l.divider = left;
    l.tree = (struct layout_part){top, left + 1, body, columns - left - 1};
    return l;
}

bool layout_has(const struct layout_part *p, int y, int x)
{
    return y >= p->y && y < p->y + p->height && x >= p->x && x < p->x + p->width;
}

int layout_scroll(int top, int cursor, int n, int height)
{
    if (height < 1)
        return cursor;
    if (top > cursor)
        top = cursor;
    if (top < cursor - height + 1)
        top = cursor - height + 1;
    if (top > n - height)
        top = n - height;
    return top < 0 ? 0 : top;
}

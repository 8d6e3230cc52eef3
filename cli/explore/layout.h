/* SPDX-License-Identifier: Apache-2.0 */
/* Where the parts of the screen are, for any size of it. Pure. */
#ifndef MICA_EXPLORE_LAYOUT_H
#define MICA_EXPLORE_LAYOUT_H

#include <stdbool.h>

#include "explore/keys.h"

/* Nothing is shown of a part without height or width. */
struct layout_part {
    int y, x, height, width;
};

struct layout {
    struct layout_part title, layers, tree, details, status;
    int divider; /* its column; -1: there is none */
};

/* Parts of a screen of `lines` x `columns`. Where there is no room for both sides, there is the one with the focus. */
struct layout layout_of(int lines, int columns, enum explore_pane focus, bool details);
bool layout_has(const struct layout_part *p, int y, int x);

/* The first line to show of `n`, so that `cursor` is among `height` lines; `top` was the first before. */
int layout_scroll(int top, int cursor, int n, int height);

#endif

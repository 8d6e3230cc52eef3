/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/draw.h"

#include <curses.h>

#include "screen/paint.h"

struct layout draw_layout(const struct explorer *e)
{
    return layout_of(LINES, COLS, e->focus, e->details && !e->help);
}

void draw(struct explorer *e)
{
    struct layout l = draw_layout(e);

    curs_set(0);
    erase();
    draw_title(e, &l.title);
    if (e->help) {
        const struct layout_part body = {l.tree.height ? l.tree.y : l.layers.y, 0,
                                         l.tree.height ? l.tree.height : l.layers.height, COLS};
        draw_help(e, &body);
    } else {
        draw_layers(e, &l.layers);
        paint_divider(&l.layers, l.divider);
        draw_tree(e, &l.tree);
        draw_details(e, &l.details);
    }
    draw_status(e, &l.status); /* the last, as it may show the cursor */
    refresh();
}

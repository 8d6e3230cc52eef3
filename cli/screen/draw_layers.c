/* SPDX-License-Identifier: Apache-2.0 */
/* The left side: layers with size, waste and command. */
#include <stdio.h>
#include <string.h>

#include "explore/details.h"
#include "screen/draw.h"
#include "screen/paint.h"
#include "show/size.h"

static void draw_heading(struct explorer *e, const struct layout_part *p, int line, int marks, uint32_t image)
{
    char head[48];

    snprintf(head, sizeof head, "%c %c ", ' ', 'A' + (int)image);
    paint_line(p, line, PAINT_INSIDE, marks, head, e->names[image], strlen(e->names[image]), 0);
}

static void draw_layer(struct explorer *e, const struct layout_part *p, int line, int marks, size_t item)
{
    const struct layer_item *at = &e->layers.items[item];
    const struct explore_image *i = &e->images.i[at->image];
    char head[80], size[SIZE_TEXT_MAX], waste[SIZE_TEXT_MAX] = "...";
    cleanup_free char *command = history_command(image_config_layer_history(&i->image->config, at->layer));
    bool chosen = layer_list_has(&e->layers, item);

    if (e->totals_known[at->image])
        size_format(e->totals[at->image].layers[at->layer].dead, waste);
    snprintf(head, sizeof head, "%c%3u %7s %7s ", chosen ? '>' : ' ', at->layer + 1,
             size_format(index_content_size(i->study.layers[at->layer]), size), waste);
    if (command)
        paint_line(p, line, chosen ? PAINT_INSIDE : PAINT_PLAIN, marks, head, command, strlen(command), 0);
}

void draw_layers(struct explorer *e, const struct layout_part *p)
{
    struct layout_part list = *p;
    int n = (int)e->layers.n, line = 0, cursor = (int)e->layers.cursor;

    if (p->height < 1)
        return;
    if (p->height > 2) {
        paint_line(p, 0, PAINT_DIM, 0, "   #    SIZE   WASTE COMMAND", NULL, 0, 0);
        list.y++;
        list.height--;
    }
    e->layer_top = layout_scroll(e->layer_top, cursor, n, list.height);
    for (int i = e->layer_top; i < n && line < list.height; i++, line++) {
        const struct layer_item *at = &e->layers.items[i];
        int marks = i != cursor ? 0 : e->focus == PANE_LAYERS ? PAINT_CURSOR : PAINT_MARKED;

        if (at->layer == LAYER_HEADING)
            draw_heading(e, &list, line, marks, at->image);
        else
            draw_layer(e, &list, line, marks, (size_t)i);
    }
    if (n == 0)
        paint_line(&list, line++, PAINT_DIM, 0, "  no layers", NULL, 0, 0);
    paint_clear(&list, line);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Around the two sides: title, details, help, status. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "explore/cells.h"
#include "explore/details.h"
#include "screen/draw.h"
#include "screen/paint.h"
#include "show/size.h"

static void title_layers(const struct explorer *e, struct buf *b)
{
    uint32_t from, to;

    layer_list_chosen(&e->layers, &from, &to);
    if (e->layers.two)
        buf_printf(b, ", layers 1-%u, and %s, layers 1-%u", from, e->names[1], to);
    else if (to == 0)
        buf_printf(b, ": no layers");
    else if (from + 1 == to)
        buf_printf(b, ": layer %u of %u", to, e->layers.layers[0]);
    else
        buf_printf(b, ": layers %u-%u of %u", from + 1, to, e->layers.layers[0]);
}

void draw_title(struct explorer *e, const struct layout_part *p)
{
    cleanup_buf struct buf b = BUF_INIT;
    const struct rows *rows = explorer_rows(e);

    buf_printf(&b, "%s", e->names[0]);
    title_layers(e, &b);
    if (e->filter.len)
        buf_printf(&b, "  |  %zu found%s%s", rows->n, e->found_more ? ", there are more" : "",
                   e->searching ? " so far" : "");
    if (rows->sort == ROWS_BY_SIZE)
        buf_printf(&b, "  |  by size");
    if (e->tree.kinds != ROWS_ALL)
        buf_printf(&b, "  |  shown:%s%s%s%s", e->tree.kinds & ROWS_ADDED ? " A" : "",
                   e->tree.kinds & ROWS_CHANGED ? " C M" : "", e->tree.kinds & ROWS_REMOVED ? " D" : "",
                   e->tree.kinds & ROWS_SAME ? " unchanged" : "");
    if (buf_str(&b))
        paint_line(p, 0, PAINT_BAR, 0, " ", b.data, b.len, 0);
}

static int make_details(struct explorer *e, struct buf *b)
{
    struct rows *rows = explorer_rows(e);

    if (e->focus == PANE_LAYERS) {
        const struct layer_item *at = e->layers.n ? &e->layers.items[e->layers.cursor] : NULL;

        if (!at || at->layer == LAYER_HEADING)
            return 0;
        return details_of_layer(&e->images.i[at->image], at->layer,
                                e->totals_known[at->image] ? &e->totals[at->image] : NULL, b);
    }
    return rows->cursor < rows->n ? details_of_row(&e->images, rows, rows->cursor, b) : 0;
}

/* Draws text over as many lines as it needs; returns the next one. */
static int draw_wrapped(const struct layout_part *p, int line, const char *text)
{
    size_t len = strlen(text), width = (size_t)p->width;

    do {
        size_t n = len < 4 * width ? len : 4 * width; /* no character has more bytes */

        while (n > 1 && cells_width(text, n, CELLS_NAME) > width)
            n--;
        while (n < len && n > 1 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
        paint_line(p, line++, PAINT_PLAIN, 0, NULL, text, n, CELLS_NAME);
        text += n;
        len -= n;
    } while (len && line < p->height);
    return line;
}

void draw_details(struct explorer *e, const struct layout_part *p)
{
    cleanup_buf struct buf b = BUF_INIT;
    struct layout_part rest = *p;
    int r, line = 0;

    if (p->height < 2 || p->width < 1)
        return;
    paint_line(p, 0, PAINT_DIM, 0, e->focus == PANE_LAYERS ? "DETAILS OF THE LAYER" : "DETAILS", NULL, 0, 0);
    rest.y++;
    rest.height--;
    r = make_details(e, &b);
    if (r < 0) {
        paint_line(&rest, line++, PAINT_REMOVED, 0, *e->err.text ? e->err.text : strerror(-r), NULL, 0, 0);
    } else {
        for (size_t i = 0; i < b.len && line < rest.height; i += strlen(b.data + i) + 1)
            line = draw_wrapped(&rest, line, b.data + i);
    }
    paint_clear(&rest, line);
}

static void help_line(const struct key_binding *b, struct buf *line)
{
    cleanup_buf struct buf keys = BUF_INIT;
    char name[KEY_NAME_MAX];

    for (size_t i = 0; i < KEYS_OF_COMMAND; i++)
        if (b->keys[i] && b->keys[i] != '\n')
            buf_printf(&keys, "%s%s", i ? " " : "", keys_name(b->keys[i], name));
    if (buf_str(&keys))
        buf_printf(line, " %-18s %s", keys.data, b->help);
}

void draw_help(struct explorer *e, const struct layout_part *p)
{
    static const char *const letters[] = {
        " A C M D            added, changed, changed in metadata alone, removed",
        " *                  a directory with changes in it",
        " mouse              click: choose, once more: open; wheel: scroll",
    };
    const struct key_binding *all = keys_table();
    int n = 0, extra = (int)(sizeof letters / sizeof *letters), line = 0;

    while (all[n].command != COMMAND_NONE)
        n++;
    n += extra;
    if (e->help_top > n - p->height)
        e->help_top = n - p->height;
    if (e->help_top < 0)
        e->help_top = 0;
    for (int i = e->help_top; i < n && line < p->height; i++) {
        cleanup_buf struct buf b = BUF_INIT;

        if (i < extra)
            buf_printf(&b, "%s", letters[i]);
        else
            help_line(&all[i - extra], &b);
        if (buf_str(&b))
            paint_line(p, line++, PAINT_PLAIN, 0, b.data, NULL, 0, 0);
    }
    paint_clear(p, line);
}

static const char *prompt_text(const struct explorer *e)
{
    switch (e->prompt) {
    case PROMPT_FILTER:
        return "/";
    case PROMPT_SAVE:
        return "save as: ";
    case PROMPT_OVERWRITE:
        return "it exists: replace it? (y/n) ";
    default:
        return "";
    }
}

void draw_status(struct explorer *e, const struct layout_part *p)
{
    const char *before = prompt_text(e),
               *hint = " ?: keys  Tab: other side  /: filter  n: next change  q: leave";

    if (e->prompt != PROMPT_NONE) {
        size_t head = strlen(before), width = p->width > 0 ? (size_t)p->width : 0, room, used;
        struct layout_part rest = *p;

        if (head + 2 > width)
            before = "", head = 0;
        room = width > head + 1 ? width - head - 1 : 0;
        used = cells_width(e->input.data ? e->input.data : "", e->input.len, CELLS_NAME);
        paint_line(p, 0, PAINT_PLAIN, 0, before, NULL, 0, 0);
        rest.x += (int)head;
        rest.width = (int)room;
        paint_line(&rest, 0, PAINT_PLAIN, 0, NULL, e->input.data, e->input.len, CELLS_NAME | CELLS_END);
        paint_show_cursor(p, head + (used < room ? used : room));
    } else if (*e->message) {
        paint_line(p, 0, PAINT_BAR, 0, " ", e->message, strlen(e->message), 0);
    } else if (e->help) {
        paint_line(p, 0, PAINT_BAR, 0, " j, k: scroll  any other key: back", NULL, 0, 0);
    } else {
        paint_line(p, 0, PAINT_BAR, 0, hint, NULL, 0, 0);
    }
}

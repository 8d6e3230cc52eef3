/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/command.h"

#include "screen/file.h"
#include "screen/prompt.h"
#include "screen/state.h"

enum {
    WHEEL = 3, /* lines */
};

/* Lines of the side with the focus, without its heading. */
static long page(const struct explorer *e, const struct layout *l)
{
    int height = e->focus == PANE_LAYERS ? l->layers.height : l->tree.height;

    return height > 2 ? height - 1 : 1;
}

static size_t moved(size_t at, long by, size_t n)
{
    if (n == 0)
        return 0;
    if (by < 0)
        return at < (size_t)-by ? 0 : at - (size_t)-by;
    return at + (size_t)by < n ? at + (size_t)by : n - 1;
}

static void go_to_layer(struct explorer *e, size_t item)
{
    size_t before = e->layers.cursor;

    layer_list_go(&e->layers, item);
    if (e->layers.cursor != before)
        state_view(e);
}

static void move_by(struct explorer *e, long by)
{
    struct rows *rows = explorer_rows(e);

    if (e->focus == PANE_LAYERS)
        go_to_layer(e, moved(e->layers.cursor, by, e->layers.n));
    else
        rows->cursor = moved(rows->cursor, by, rows->n);
}

static void toggle(struct explorer *e)
{
    struct rows *t = &e->tree;

    if (e->filter.len || t->cursor >= t->n || !t->v[t->cursor].is_dir)
        return;
    if (t->v[t->cursor].open)
        rows_close(t, t->cursor);
    else
        state_failed(e, rows_open(t, t->cursor));
}

static void enter(struct explorer *e)
{
    struct rows *rows = explorer_rows(e);

    if (e->focus == PANE_LAYERS)
        e->focus = PANE_TREE;
    else if (e->filter.len)
        state_reveal(e);
    else if (rows->cursor < rows->n && rows->v[rows->cursor].is_dir)
        toggle(e);
    else
        file_view(e);
}

static void go_in(struct explorer *e)
{
    struct rows *t = &e->tree;

    if (e->focus == PANE_LAYERS)
        e->focus = PANE_TREE;
    else if (e->filter.len == 0 && t->cursor < t->n && t->v[t->cursor].is_dir && !t->v[t->cursor].open)
        toggle(e);
}

static void go_out(struct explorer *e)
{
    struct rows *t = &e->tree;

    if (e->focus == PANE_LAYERS)
        return;
    if (e->filter.len || t->cursor >= t->n)
        e->focus = PANE_LAYERS;
    else if (t->v[t->cursor].open)
        rows_close(t, t->cursor);
    else if (t->v[t->cursor].parent != ROWS_NONE)
        t->cursor = t->v[t->cursor].parent;
    else
        e->focus = PANE_LAYERS;
}

static void to_change(struct explorer *e, bool forward)
{
    int r;

    if (e->filter.len) {
        state_say(e, "the filter shows a list: Esc ends it");
        return;
    }
    e->focus = PANE_TREE;
    r = rows_next_change(&e->tree, forward);
    state_failed(e, r);
    if (r == 0)
        state_say(e, forward ? "no change follows" : "no change comes before");
}

static void escape(struct explorer *e)
{
    if (e->filter.len) {
        state_filter(e, NULL, 0);
    } else if (e->layers.has_range || e->layers.all_below) {
        layer_list_one(&e->layers);
        state_view(e);
    }
}

static void choose(struct explorer *e, enum explore_command c)
{
    if (e->layers.two) {
        state_say(e, "two images are compared: the cursor chooses up to which layer");
        return;
    }
    if (c == COMMAND_RANGE)
        layer_list_range(&e->layers);
    else if (c == COMMAND_ALL_BELOW)
        layer_list_all_below(&e->layers);
    else
        layer_list_one(&e->layers);
    state_view(e);
}

static void show_kind(struct explorer *e, enum explore_command c)
{
    unsigned kinds = e->tree.kinds;

    if (c == COMMAND_CHANGES_ONLY)
        kinds = kinds == ROWS_ALL ? ROWS_ALL & ~(unsigned)ROWS_SAME : ROWS_ALL;
    else
        kinds ^= c == COMMAND_SHOW_ADDED     ? ROWS_ADDED
                 : c == COMMAND_SHOW_CHANGED ? ROWS_CHANGED
                 : c == COMMAND_SHOW_REMOVED ? ROWS_REMOVED
                                             : ROWS_SAME;
    state_kinds(e, kinds);
}

static void run_move(struct explorer *e, enum explore_command c, const struct layout *l)
{
    long lines = page(e, l);

    switch (c) {
    case COMMAND_UP:
        move_by(e, -1);
        break;
    case COMMAND_DOWN:
        move_by(e, 1);
        break;
    case COMMAND_PAGE_UP:
        move_by(e, -lines);
        break;
    case COMMAND_PAGE_DOWN:
        move_by(e, lines);
        break;
    case COMMAND_HALF_UP:
        move_by(e, -(lines + 1) / 2);
        break;
    case COMMAND_HALF_DOWN:
        move_by(e, (lines + 1) / 2);
        break;
    case COMMAND_FIRST:
        move_by(e, -(long)ROWS_NONE);
        break;
    default:
        move_by(e, (long)ROWS_NONE);
        break;
    }
}

static void run_show(struct explorer *e, enum explore_command c)
{
    switch (c) {
    case COMMAND_SORT:
        state_sort(e);
        break;
    case COMMAND_DETAILS:
        e->details = !e->details;
        break;
    case COMMAND_ATTRIBUTES:
        e->attributes = !e->attributes;
        break;
    case COMMAND_HELP:
        e->help = true;
        e->help_top = 0;
        break;
    default:
        show_kind(e, c);
        break;
    }
}

static void run_tree(struct explorer *e, enum explore_command c)
{
    switch (c) {
    case COMMAND_TOGGLE:
        toggle(e);
        break;
    case COMMAND_ENTER:
        enter(e);
        break;
    case COMMAND_IN:
        go_in(e);
        break;
    case COMMAND_OUT:
        go_out(e);
        break;
    case COMMAND_CLOSE_ALL:
        rows_close_all(&e->tree);
        break;
    case COMMAND_NEXT_CHANGE:
    case COMMAND_PREVIOUS_CHANGE:
        to_change(e, c == COMMAND_NEXT_CHANGE);
        break;
    case COMMAND_VIEW:
        file_view(e);
        break;
    default:
        file_ask_save(e);
        break;
    }
}

void command_run(struct explorer *e, enum explore_command c, const struct layout *l)
{
    if (c >= COMMAND_UP && c <= COMMAND_LAST)
        run_move(e, c, l);
    else if (c >= COMMAND_RANGE && c <= COMMAND_ONE_LAYER)
        choose(e, c);
    else if (c == COMMAND_QUIT)
        e->quit = true;
    else if (c == COMMAND_SWITCH)
        e->focus = e->focus == PANE_TREE ? PANE_LAYERS : PANE_TREE;
    else if (c == COMMAND_FILTER)
        prompt_filter(e);
    else if (c == COMMAND_ESCAPE)
        escape(e);
    else if (c == COMMAND_HELP || (c >= COMMAND_SORT && c <= COMMAND_CHANGES_ONLY) || c == COMMAND_DETAILS ||
             c == COMMAND_ATTRIBUTES)
        run_show(e, c);
    else if (c != COMMAND_NONE && c != COMMAND_REDRAW)
        run_tree(e, c);
}

/* The line of a part that was clicked at, counted from the first one that is shown; -1: its heading. */
static long clicked(const struct layout_part *p, int y)
{
    return y - p->y - (p->height > 2);
}

static void click_layer(struct explorer *e, const struct layout *l, int y)
{
    long line = clicked(&l->layers, y);

    e->focus = PANE_LAYERS;
    if (line >= 0 && (size_t)(line + e->layer_top) < e->layers.n)
        go_to_layer(e, (size_t)(line + e->layer_top));
}

static void click_tree(struct explorer *e, const struct layout *l, int y)
{
    struct rows *rows = explorer_rows(e);
    long line = clicked(&l->tree, y);
    bool had_focus = e->focus == PANE_TREE;

    e->focus = PANE_TREE;
    if (line < 0 || (size_t)(line + *explorer_top(e)) >= rows->n)
        return;
    size_t at = (size_t)(line + *explorer_top(e));
    if (rows->cursor == at && had_focus)
        enter(e);
    else
        rows->cursor = at;
}

void command_mouse(struct explorer *e, const struct input *in, const struct layout *l)
{
    if (e->help || e->prompt == PROMPT_SAVE || e->prompt == PROMPT_OVERWRITE)
        return;
    if (in->mouse == MOUSE_CLICK) {
        e->prompt = PROMPT_NONE;
        if (layout_has(&l->layers, in->y, in->x))
            click_layer(e, l, in->y);
        else if (layout_has(&l->tree, in->y, in->x))
            click_tree(e, l, in->y);
        return;
    }
    if (layout_has(&l->layers, in->y, in->x))
        e->focus = PANE_LAYERS;
    else if (layout_has(&l->tree, in->y, in->x))
        e->focus = PANE_TREE;
    move_by(e, in->mouse == MOUSE_WHEEL_UP ? -WHEEL : WHEEL);
}

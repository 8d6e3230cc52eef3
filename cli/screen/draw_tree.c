/* SPDX-License-Identifier: Apache-2.0 */
/* The right side: the tree, or what the filter found. */
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "explore/cells.h"
#include "explore/details.h"
#include "screen/draw.h"
#include "screen/paint.h"
#include "show/ls_format.h"
#include "show/size.h"

enum {
    LOOK_LIMIT = 2000, /* paths that are looked at to mark a directory with changes in it */
};

static char letter_of(const struct row *row, bool inside)
{
    switch (row->change) {
    case STUDY_ADDED:
        return 'A';
    case STUDY_REMOVED:
        return 'D';
    case STUDY_CONTENT:
        return 'C';
    case STUDY_METADATA:
        return 'M';
    default:
        return inside ? '*' : ' ';
    }
}

static enum paint paint_of(const struct row *row, bool inside)
{
    switch (row->change) {
    case STUDY_ADDED:
        return PAINT_ADDED;
    case STUDY_REMOVED:
        return PAINT_REMOVED;
    case STUDY_CONTENT:
        return PAINT_CHANGED;
    case STUDY_METADATA:
        return PAINT_METADATA;
    default:
        return inside ? PAINT_INSIDE : PAINT_PLAIN;
    }
}

/* Mode and owner, size, and the indentation: at most a third of the line, then the depth as a number. */
static void make_head(const struct explorer *e, const struct row *row, bool inside, int width,
                      struct buf *head)
{
    char size[SIZE_TEXT_MAX] = "-", mode[MODE_TEXT_MAX];
    unsigned indent = 2 * row->depth, most = width > 12 ? (unsigned)width / 3 : 2;

    if (row->is_dir ? row->sum_known : S_ISREG(row->mode))
        size_format(row->size, size);
    else if (row->is_dir && !explorer_rows((struct explorer *)(uintptr_t)e)->flat)
        snprintf(size, sizeof size, "...");
    buf_printf(head, "%c ", letter_of(row, inside));
    if (e->attributes)
        buf_printf(head, "%s %5u:%-5u ", mode_format(row->mode, mode), row->uid, row->gid);
    if (width >= 24)
        buf_printf(head, "%7s ", size);
    if (indent > most)
        buf_printf(head, "%-*s", (int)most, ""), buf_printf(head, "[%u] ", row->depth);
    else
        buf_printf(head, "%*s", (int)indent, "");
    if (!explorer_rows((struct explorer *)(uintptr_t)e)->flat)
        buf_printf(head, "%s", !row->is_dir ? "  " : row->open ? "- " : "+ ");
}

/* The name with the target of a link. */
static void make_name(const struct explorer *e, const struct row *row, struct buf *name)
{
    struct index_inode in;
    const char *target;
    size_t len;

    buf_append(name, row->name, strlen(row->name));
    if (row->is_dir)
        buf_append(name, "/", 1);
    if (!S_ISLNK(row->mode) || row_inode(&e->view, row, &in) < 0 || !S_ISLNK(in.mode) ||
        index_target(view_index(&e->view, row->of_b, row->layer), &in, &target, &len) < 0)
        return;
    buf_append(name, " -> ", 4);
    buf_append(name, target, len);
}

static void draw_row(struct explorer *e, const struct layout_part *p, int line, size_t i)
{
    struct rows *rows = explorer_rows(e);
    cleanup_buf struct buf head = BUF_INIT, name = BUF_INIT;
    bool inside = !rows->flat && rows->v[i].change == STUDY_SAME && rows_changes_in(rows, i, LOOK_LIMIT) > 0;
    const struct row *row = &rows->v[i];
    int marks = i != rows->cursor ? 0 : e->focus == PANE_TREE ? PAINT_CURSOR : PAINT_MARKED;

    make_head(e, row, inside, p->width, &head);
    make_name(e, row, &name);
    if (buf_str(&head) && buf_str(&name))
        paint_line(p, line, paint_of(row, inside), marks, head.data, name.data, name.len, CELLS_NAME);
}

static const char *nothing(const struct explorer *e)
{
    if (e->filter.len)
        return e->searching ? "  searching ..." : "  nothing matches";
    return e->tree.kinds != ROWS_ALL ? "  nothing to show: the keys c, u, m, Ctrl-A and Ctrl-R show more"
                                     : "  empty";
}

void draw_tree(struct explorer *e, const struct layout_part *p)
{
    struct rows *rows = explorer_rows(e);
    struct layout_part list = *p;
    int n = (int)rows->n, line = 0, *top = explorer_top(e);

    if (p->height < 1)
        return;
    if (p->height > 2) {
        paint_line(p, 0, PAINT_DIM, 0,
                   p->width < 24   ? "  NAME"
                   : e->attributes ? "  MODE       OWNER          SIZE NAME"
                                   : "     SIZE NAME",
                   NULL, 0, 0);
        list.y++;
        list.height--;
    }
    *top = layout_scroll(*top, (int)rows->cursor, n, list.height);
    for (int i = *top; i < n && line < list.height; i++, line++)
        draw_row(e, &list, line, (size_t)i);
    if (n == 0)
        paint_line(&list, line++, PAINT_DIM, 0, nothing(e), NULL, 0, 0);
    paint_clear(&list, line);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From one change of the tree to the next. */
#include <errno.h>

#include "explore/rows_parts.h"

int rows_changes_in(struct rows *r, size_t i, size_t limit)
{
    cleanup_buf struct buf text = BUF_INIT;
    cleanup_free const char **names = NULL;
    struct row *row = &r->v[i];
    int n, found;

    if (!row->is_dir || row->beneath == ROWS_BENEATH_NO)
        return 0;
    if (row->beneath == ROWS_BENEATH_YES)
        return 1;
    n = rows_names(r, i, &text, &names);
    found = n < 0 ? n : view_changes_beneath(r->view, names, (size_t)n, limit);
    if (found >= 0)
        row->beneath = found ? ROWS_BENEATH_YES : ROWS_BENEATH_NO;
    return found;
}

static bool is_whole(const struct row *row)
{
    return row->is_dir && (row->change == STUDY_ADDED || row->change == STUDY_REMOVED);
}

/* The topmost added or removed directory that has the row, or the row itself. */
static size_t change_of(const struct rows *r, size_t i)
{
    size_t top = i;

    for (uint32_t at = r->v[i].parent; at != ROWS_NONE; at = r->v[at].parent)
        if (is_whole(&r->v[at]))
            top = at;
    return top;
}

/* Opens a closed directory that has changes in it. 1: it is open now. */
static int open_changed(struct rows *r, size_t i)
{
    int found;

    if (!r->v[i].is_dir || r->v[i].open || is_whole(&r->v[i]))
        return 0;
    found = rows_changes_in(r, i, 0);
    if (found > 0)
        found = rows_open(r, i);
    else
        return found;
    return found < 0 ? found : 1;
}

static int go_forward(struct rows *r)
{
    size_t i = change_of(r, r->cursor);
    int e = open_changed(r, i);

    i = e > 0 || !is_whole(&r->v[i]) ? i + 1 : rows_end(r, i);
    while (e >= 0 && i < r->n) {
        if (r->v[i].change != STUDY_SAME) {
            r->cursor = i;
            return 1;
        }
        e = open_changed(r, i);
        i++;
    }
    return e < 0 ? e : 0;
}

static int go_back(struct rows *r)
{
    size_t i = change_of(r, r->cursor);

    if (i < r->cursor) { /* from within a change to its beginning */
        r->cursor = i;
        return 1;
    }
    while (i-- > 0) {
        i = change_of(r, i);
        int e = open_changed(r, i);

        if (e < 0)
            return e;
        if (e > 0) {
            i = rows_end(r, i);
        } else if (r->v[i].change != STUDY_SAME) {
            r->cursor = i;
            return 1;
        }
    }
    return 0;
}

int rows_next_change(struct rows *r, bool forward)
{
    if (r->n == 0)
        return 0;
    return forward ? go_forward(r) : go_back(r);
}

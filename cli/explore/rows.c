/* SPDX-License-Identifier: Apache-2.0 */
#include "explore/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "explore/rows_parts.h"

enum {
    MASK_LIMIT = 20000, /* paths that are looked at to tell whether a directory has changes in it */
};

unsigned rows_kind(enum study_change change)
{
    switch (change) {
    case STUDY_ADDED:
        return ROWS_ADDED;
    case STUDY_REMOVED:
        return ROWS_REMOVED;
    case STUDY_CONTENT:
    case STUDY_METADATA:
        return ROWS_CHANGED;
    default:
        return ROWS_SAME;
    }
}

void rows_init(struct rows *r, struct view *view)
{
    *r = (struct rows){.view = view, .kinds = ROWS_ALL};
}

static void drop(struct rows *r, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        free(r->v[i].name);
}

void rows_free(struct rows *r)
{
    drop(r, 0, r->n);
    free(r->v);
    r->v = NULL;
    r->n = r->cap = r->cursor = 0;
}

int row_make(const struct view_pair *p, const char *name, size_t len, struct row *ret)
{
    const struct study_thing *t = p->b.exists ? &p->b : &p->a;

    *ret = (struct row){.name = strndup(name, len),
                        .parent = ROWS_NONE,
                        .is_dir = S_ISDIR(t->inode.mode),
                        .of_b = p->b.exists,
                        .change = (uint8_t)p->change,
                        .differs = (uint16_t)p->differs,
                        .layer = t->layer,
                        .number = t->number,
                        .mode = t->inode.mode,
                        .uid = t->inode.uid,
                        .gid = t->inode.gid,
                        .mtime = t->inode.mtime.tv_sec};
    ret->size = S_ISREG(ret->mode) || S_ISLNK(ret->mode) ? t->inode.size : 0;
    if (p->quiet || p->change == STUDY_ADDED || p->change == STUDY_REMOVED)
        ret->beneath = ROWS_BENEATH_NO;
    return ret->name ? 0 : -ENOMEM;
}

int rows_reserve(struct rows *r, size_t more)
{
    size_t cap = r->cap ? r->cap : 64;
    struct row *v;

    if (r->n + more >= ROWS_NONE)
        return -ENOMEM;
    while (cap < r->n + more)
        cap *= 2;
    if (cap == r->cap)
        return 0;
    v = reallocarray(r->v, cap, sizeof *v);
    if (!v)
        return -ENOMEM;
    r->v = v;
    r->cap = cap;
    return 0;
}

int rows_path(const struct rows *r, size_t i, struct buf *b)
{
    cleanup_free uint32_t *way = NULL;
    size_t depth = r->v[i].depth + 1u;

    if (r->flat)
        return buf_append(b, r->v[i].name, strlen(r->v[i].name)) < 0 || !buf_str(b) ? -ENOMEM : 0;
    way = calloc(depth, sizeof *way);
    if (!way)
        return -ENOMEM;
    for (uint32_t at = (uint32_t)i; at != ROWS_NONE && depth > 0; at = r->v[at].parent)
        way[--depth] = at;
    for (size_t k = depth; k <= r->v[i].depth; k++)
        if (buf_printf(b, "/%s", r->v[way[k]].name) < 0)
            return -ENOMEM;
    return buf_str(b) ? 0 : -ENOMEM;
}

/* The names of a row's path; `n` is the number of them. Freed by the caller, as `text`. */
int rows_names(const struct rows *r, size_t i, struct buf *text, const char ***ret)
{
    int n = rows_path(r, i, text);

    return n < 0 ? n : path_names(text->data, ret);
}

/* The rows of one directory, read into `list`, a list of its own. */
static int read_dir(struct rows *list, struct view *v, const char *const *names, size_t n)
{
    struct view_pair p;
    int r = view_enter(v, names, n);

    while (r == 0 && (r = view_next(v, &p)) > 0) {
        r = 0;
        if (p.depth <= n)
            continue;
        view_skip(v);
        r = rows_reserve(list, 1);
        if (r == 0)
            r = row_make(&p, p.name, p.name_len, &list->v[list->n]);
        if (r == 0)
            list->v[list->n++].depth = (uint32_t)n;
    }
    return r;
}

/* Removes the rows that are of no shown kind, unless there may be shown changes in them. */
static int keep_shown(struct rows *list, const struct rows *r, const char *const *names, size_t n)
{
    cleanup_free const char **way = calloc(n + 1, sizeof *way);
    size_t kept = 0;

    if (!way)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        way[i] = names[i];
    for (size_t i = 0; i < list->n; i++) {
        struct row *row = &list->v[i];
        bool shown = rows_kind(row->change) & r->kinds;
        int changes = 0;

        if (!shown && row->is_dir && row->beneath != ROWS_BENEATH_NO) {
            way[n] = row->name;
            changes = view_changes_beneath(r->view, way, n + 1, MASK_LIMIT);
            if (changes < 0 && changes != -EAGAIN)
                return changes;
            row->beneath = changes > 0    ? ROWS_BENEATH_YES
                           : changes == 0 ? ROWS_BENEATH_NO
                                          : ROWS_BENEATH_UNKNOWN;
        }
        if (shown || changes) {
            list->v[kept++] = *row;
        } else {
            free(row->name);
        }
    }
    list->n = kept;
    return 0;
}

static int list_dir(struct rows *list, const struct rows *r, const char *const *names, size_t n)
{
    int e = read_dir(list, r->view, names, n);

    if (e == 0 && r->kinds != ROWS_ALL)
        e = keep_shown(list, r, names, n);
    list->sort = r->sort;
    return e < 0 ? e : rows_order(list);
}

/* Puts the rows of a list behind row `at` (ROWS_NONE: at the beginning); takes them over on success. */
static int insert(struct rows *r, struct rows *list, uint32_t at)
{
    size_t place = at == ROWS_NONE ? 0 : at + 1u;
    int e = rows_reserve(r, list->n);

    if (e < 0)
        return e;
    if (list->n == 0)
        return 0;
    memmove(r->v + place + list->n, r->v + place, (r->n - place) * sizeof *r->v);
    memcpy(r->v + place, list->v, list->n * sizeof *r->v);
    r->n += list->n;
    for (size_t i = place; i < place + list->n; i++)
        r->v[i].parent = at;
    for (size_t i = place + list->n; i < r->n; i++)
        if (r->v[i].parent != ROWS_NONE && r->v[i].parent >= place)
            r->v[i].parent += (uint32_t)list->n;
    if (r->cursor >= place && r->n > list->n)
        r->cursor += list->n;
    list->n = 0;
    return 0;
}

int rows_open(struct rows *r, size_t i)
{
    cleanup_buf struct buf text = BUF_INIT;
    cleanup_free const char **names = NULL;
    struct rows list = {0};
    int e;

    if (!r->v[i].is_dir || r->v[i].open || r->flat)
        return 0;
    int n = rows_names(r, i, &text, &names);
    e = n < 0 ? n : list_dir(&list, r, names, (size_t)n);
    if (e == 0)
        e = insert(r, &list, (uint32_t)i);
    rows_free(&list);
    if (e == 0) {
        r->v[i].open = true;
        r->v[i].sums_asked = false;
    }
    return e;
}

void rows_close(struct rows *r, size_t i)
{
    size_t end = rows_end(r, i), n = end - i - 1;

    r->v[i].open = false;
    if (n == 0)
        return;
    drop(r, i + 1, end);
    memmove(r->v + i + 1, r->v + end, (r->n - end) * sizeof *r->v);
    r->n -= n;
    for (size_t k = i + 1; k < r->n; k++)
        if (r->v[k].parent != ROWS_NONE && r->v[k].parent > i)
            r->v[k].parent -= (uint32_t)n;
    if (r->cursor >= end)
        r->cursor -= n;
    else if (r->cursor > i)
        r->cursor = i;
}

void rows_close_all(struct rows *r)
{
    size_t i = 0;

    while (i < r->n) {
        rows_close(r, i);
        i++;
    }
}

int rows_reveal(struct rows *r, const char *path)
{
    cleanup_free char *text = strdup(path);
    cleanup_free const char **names = NULL;
    uint32_t row = ROWS_NONE;
    int n = text ? path_names(text, &names) : -ENOMEM, e = n < 0 ? n : 0;
    size_t found = 0;

    while (e == 0) {
        found = rows_go_down(r, names, (size_t)n, &row);
        if (found == (size_t)n || row == ROWS_NONE || r->v[row].open || !r->v[row].is_dir)
            break;
        e = rows_open(r, row);
    }
    if (row != ROWS_NONE)
        r->cursor = row;
    return e < 0 ? e : found == (size_t)n ? 0 : -ENOENT;
}

/* The paths of all open directories, those above first: NUL-terminated, one after the other. */
static int open_paths(const struct rows *r, struct buf *ret)
{
    for (size_t i = 0; i < r->n; i++) {
        cleanup_buf struct buf path = BUF_INIT;

        if (!r->v[i].open)
            continue;
        if (rows_path(r, i, &path) < 0 || buf_append(ret, path.data, path.len + 1) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* The row of a path, or of the nearest directory above it; `path` is changed. */
static size_t nearest(const struct rows *r, char *path)
{
    cleanup_free const char **names = NULL;
    uint32_t row = ROWS_NONE;
    int n = path_names(path, &names);

    if (n > 0)
        rows_go_down(r, names, (size_t)n, &row);
    return row == ROWS_NONE ? 0 : row;
}

int rows_reload(struct rows *r)
{
    cleanup_buf struct buf open = BUF_INIT, at = BUF_INIT;
    struct rows fresh = *r, list = {0};
    int e = open_paths(r, &open);

    if (e == 0 && r->cursor < r->n)
        e = rows_path(r, r->cursor, &at);
    fresh.v = NULL;
    fresh.n = fresh.cap = fresh.cursor = 0;
    fresh.root_asked = false;
    if (e == 0)
        e = list_dir(&list, &fresh, NULL, 0);
    if (e == 0)
        e = insert(&fresh, &list, ROWS_NONE);
    rows_free(&list);
    for (size_t i = 0; e == 0 && i < open.len; i += strlen(open.data + i) + 1) {
        size_t row = rows_find(&fresh, open.data + i);

        e = row < fresh.n ? rows_open(&fresh, row) : 0;
    }
    if (e < 0) {
        rows_free(&fresh);
        return e;
    }
    rows_free(r);
    *r = fresh;
    r->cursor = at.len ? nearest(r, at.data) : 0;
    return 0;
}

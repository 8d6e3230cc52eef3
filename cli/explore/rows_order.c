/* SPDX-License-Identifier: Apache-2.0 */
/* The order of rows: the names of each directory sorted, with what is open beneath them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "explore/rows_parts.h"

/* A row and what is open in it. */
struct block {
    const struct row *row;
    size_t at, end;
};

/* As a walk: by bytes, and of paths (in a flat list) what is in a directory right after it. */
static int by_name(const void *pa, const void *pb)
{
    const unsigned char *a = (const unsigned char *)((const struct block *)pa)->row->name,
                        *b = (const unsigned char *)((const struct block *)pb)->row->name;

    while (*a && *a == *b)
        a++, b++;
    int before = *a == '/' ? 0 : *a, after = *b == '/' ? 0 : *b;
    return *a && *b ? before - after : *a - *b;
}

static int by_size(const void *pa, const void *pb)
{
    const struct block *a = pa, *b = pb;

    if (a->row->size != b->row->size)
        return a->row->size < b->row->size ? 1 : -1;
    return by_name(pa, pb);
}

/* A directory whose names are put into `out`. */
struct part {
    size_t from, to; /* rows */
    uint32_t parent; /* in `out` */
};

/* Sorts the names of one directory into `blocks`. Returns their number. */
static size_t sort_part(const struct rows *r, const struct part *p, struct block *blocks)
{
    size_t n = 0;

    for (size_t i = p->from; i < p->to;) {
        blocks[n] = (struct block){&r->v[i], i, rows_end(r, i)};
        i = blocks[n++].end;
    }
    if (n)
        qsort(blocks, n, sizeof *blocks, r->sort == ROWS_BY_SIZE ? by_size : by_name);
    return n;
}

/*
 * Orders all rows into `out`, each directory's as soon as its place is known: the blocks of a directory are laid out, then
 * those of the open directories among them. The stack of parts replaces a recursion as deep as a hostile tree.
 */
static int order_into(const struct rows *r, struct row *out, size_t *ret_cursor)
{
    cleanup_buf struct buf parts = BUF_INIT;
    cleanup_free struct block *blocks = calloc(r->n, sizeof *blocks);
    const struct part all = {0, r->n, ROWS_NONE};

    if (!blocks || buf_append(&parts, &all, sizeof all) < 0)
        return -ENOMEM;
    while (parts.len) {
        struct part p = ((const struct part *)(const void *)parts.data)[parts.len / sizeof p - 1];
        /* The contents of a directory have the same rows in both orders. */
        size_t place = p.parent == ROWS_NONE ? 0 : p.parent + 1u, n = sort_part(r, &p, blocks);

        parts.len -= sizeof p;
        for (size_t k = 0; k < n; k++) {
            const struct part in = {blocks[k].at + 1, blocks[k].end, (uint32_t)place};

            out[place] = *blocks[k].row;
            out[place].parent = p.parent;
            if (r->cursor == blocks[k].at)
                *ret_cursor = place;
            if (in.from < in.to && buf_append(&parts, &in, sizeof in) < 0)
                return -ENOMEM;
            place += blocks[k].end - blocks[k].at;
        }
    }
    return 0;
}

int rows_order(struct rows *r)
{
    struct row *out;
    size_t cursor = r->cursor;
    int e;

    if (r->n < 2)
        return 0;
    out = calloc(r->n, sizeof *out);
    e = out ? order_into(r, out, &cursor) : -ENOMEM;
    if (e < 0) {
        free(out);
        return e;
    }
    free(r->v);
    r->v = out;
    r->cap = r->n;
    r->cursor = cursor;
    return 0;
}

void rows_set_sum(struct rows *r, const char *path, uint64_t size, bool *ret_changed)
{
    size_t i = rows_find(r, path);

    *ret_changed = false;
    if (i == r->n || !r->v[i].is_dir)
        return;
    *ret_changed = r->sort == ROWS_BY_SIZE && r->v[i].size != size;
    r->v[i].size = size;
    r->v[i].sum_known = true;
}

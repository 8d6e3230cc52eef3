/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/merge_order.h"

#include <errno.h>

/* The remaining names of one layer. */
struct run {
    struct candidate first;
    struct index_run names;
    uint64_t next; /* position of the following name */
};

static struct run *runs(const struct merge_order *o, size_t *ret_n)
{
    *ret_n = o->runs.len / sizeof(struct run);
    return (struct run *)(void *)o->runs.data;
}

static int compare_names(const struct index_name *a, const struct index_name *b)
{
    return index_compare_names(a->name, a->len, b->name, b->len);
}

static bool is_before(const struct run *a, const struct run *b)
{
    int c = compare_names(&a->first.name, &b->first.name);

    return c ? c < 0 : a->first.layer > b->first.layer;
}

static void swap(struct run *a, struct run *b)
{
    struct run kept = *a;

    *a = *b;
    *b = kept;
}

static void sift_up(struct run *r, size_t at)
{
    for (; at && is_before(&r[at], &r[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&r[at], &r[(at - 1) / 2]);
}

static void sift_down(struct run *r, size_t n, size_t at)
{
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child < n && child <= 2 * at + 2; child++) {
            if (is_before(&r[child], &r[least]))
                least = child;
        }
        if (least == at)
            return;
        swap(&r[at], &r[least]);
        at = least;
    }
}

int merge_order_add(struct merge_order *o, uint32_t layer, uint32_t dir)
{
    const struct index *ix = o->layers[layer].index;
    struct run fresh = {.first = {.layer = layer, .dir = dir}, .next = 1};
    struct run *r;
    size_t n;
    int e = index_run(ix, dir, &fresh.names);

    if (e == 0)
        e = index_entry(ix, &fresh.names, 0, &fresh.first.name);
    if (e <= 0)
        return e < 0 ? -EUCLEAN : 0;
    e = buf_append(&o->runs, &fresh, sizeof(fresh));
    if (e < 0)
        return e;
    r = runs(o, &n);
    sift_up(r, n - 1);
    return 0;
}

/* Advances past the first name of the first run. A run that is not sorted would hide names, or never end:
 * it is damaged. */
static int advance(struct merge_order *o)
{
    size_t n;
    struct run *r = runs(o, &n);
    int more = index_entry(o->layers[r->first.layer].index, &r->names, r->next, &r->first.name);

    if (more < 0)
        return more;
    if (more) {
        r->next++;
    } else {
        *r = r[--n];
        o->runs.len = n * sizeof(*r);
    }
    sift_down(r, n, 0);
    return 0;
}

int merge_order_next(struct merge_order *o, const struct candidate **ret, uint32_t *ret_layer)
{
    int n = 0, e;

    o->same.len = 0;
    while (o->runs.len) {
        struct candidate c = ((const struct run *)(const void *)o->runs.data)->first;

        if (n && compare_names(&c.name, &((const struct candidate *)(const void *)o->same.data)->name) != 0)
            break;
        e = buf_append(&o->same, &c, sizeof(c));
        if (e < 0)
            return e;
        *ret_layer = c.layer;
        e = advance(o);
        if (e < 0)
            return e;
        n++;
    }
    *ret = (const struct candidate *)(const void *)o->same.data;
    return n;
}

void merge_order_free(struct merge_order *o)
{
    buf_free(&o->runs);
    buf_free(&o->same);
}

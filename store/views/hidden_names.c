/* SPDX-License-Identifier: Apache-2.0 */
#include "views/hidden_names.h"

#include <errno.h>
#include <stdlib.h>

#include "os/buf.h"
#include "study/study.h"

/* One directory of the layer above the current path. */
struct above {
    uint32_t dir; /* the layer's inode */
    uint64_t at;  /* its record in the table of names; unused for the root */
};

struct finder {
    const struct index *index; /* the layer's */
    uint32_t layer;
    struct buf path; /* struct above, the root first */
    struct hidden_names *out;
};

/* Returns the layer's own entry for the path, or NULL. */
static const struct study_event *own_event(const struct study_path *p, uint32_t layer)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->events[i].layer == layer)
            return p->events[i].own.kind == FACT_ABSENT ? NULL : &p->events[i];
    }
    return NULL;
}

static bool is_hidden(const struct study_event *e)
{
    bool ships = e->own.kind == FACT_FILE || (e->own.kind == FACT_DIR && !e->own.implicit && !e->own.passive);

    return ships && e->hidden_by != STUDY_NEVER;
}

/* Marks a name and the directories above it. */
static void mark(struct finder *f, uint64_t at, size_t depth)
{
    const struct above *path = (const struct above *)(const void *)f->path.data;

    while (depth && at < f->out->n && !hidden_names_has(f->out, at)) {
        f->out->bits[at / 64] |= UINT64_C(1) << at % 64;
        depth--;
        at = path[depth].at;
    }
}

/* Takes a path of the layer. Returns 1 if it is a directory there, with contents to look at. */
static int take(struct finder *f, const struct study_path *p, const struct study_event *e)
{
    struct above here = {.dir = e->own_number};
    const struct above *path = (const struct above *)(const void *)f->path.data;
    size_t above = f->path.len / sizeof here;
    struct index_name name;
    int r = 0;

    if (p->depth > above) /* the walk entered a directory that the layer does not have */
        return -EUCLEAN;
    if (p->depth > 0) {
        r = index_find(f->index, path[p->depth - 1].dir, p->name, p->name_len, &name, NULL);
        if (r < 0)
            return -EUCLEAN;
        here.at = name.table_index;
        if (is_hidden(e))
            mark(f, here.at, p->depth);
    }
    if (e->own.kind != FACT_DIR)
        return 0;
    f->path.len = p->depth * sizeof here;
    r = buf_append(&f->path, &here, sizeof here);
    return r < 0 ? r : 1;
}

static int walk(struct finder *f, struct study *s)
{
    const struct study_path *p;
    int r;

    while ((r = study_next(s, &p)) > 0) {
        const struct study_event *e = own_event(p, f->layer);

        r = e ? take(f, p, e) : 0;
        if (r < 0)
            return r;
        if (r == 0)
            study_skip(s);
    }
    return r;
}

int hidden_names_find(const struct index *const *layers, uint32_t n, uint32_t layer, struct hidden_names *ret,
                      struct err *err)
{
    struct finder f = {.index = layers[layer], .layer = layer, .out = ret};
    struct study *s = NULL;

    *ret = (struct hidden_names){.n = index_names(layers[layer])};
    ret->bits = calloc(ret->n / 64 + 1, sizeof *ret->bits);
    if (!ret->bits)
        return err_set(err, ENOMEM, "out of memory");
    int r = study_open(layers, n, err, &s);
    if (r == 0)
        r = walk(&f, s);
    study_close(s);
    buf_free(&f.path);
    return r;
}

void hidden_names_clear(struct hidden_names *h)
{
    free(h->bits);
    *h = (struct hidden_names){0};
}

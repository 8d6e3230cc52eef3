/* SPDX-License-Identifier: Apache-2.0 */
#include "study/totals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "study/events.h"
#include "study/key_table.h"

/* A regular file with several names, in one layer or by hard links of others: dead once all are gone. */
struct shared {
    uint64_t size, hash;
    uint32_t layer;
    bool seen, live;
    struct study_pair last; /* the layer that removed the last name, and the file's own */
    char *path;             /* one of its names; NULL if the caller wants none */
};

struct counter {
    struct study *s;
    const struct study_watch *watch;
    struct study_totals *t;
    struct key_table shared_keys; /* layer << 32 | inode */
    struct buf shared;            /* struct shared, by the keys' numbers */
    struct key_table pair_keys;
    struct buf pairs;           /* struct study_pair */
    struct key_table *contents; /* of each layer that removes: what it ships; NULL: not asked */
};

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t study_share(uint64_t blob, uint64_t part, uint64_t whole)
{
    return whole ? (uint64_t)((__uint128_t)blob * (part < whole ? part : whole) / whole) : 0;
}

static int share_inode(struct counter *c, uint32_t layer, uint32_t number, struct shared **ret)
{
    static const struct shared none;
    size_t at;
    int r = key_table_add(&c->shared_keys, (uint64_t)layer << 32 | number, &at);

    if (r > 0)
        r = buf_append(&c->shared, &none, sizeof none);
    if (r < 0)
        return r;
    *ret = &((struct shared *)(void *)c->shared.data)[at];
    (*ret)->layer = layer;
    return 0;
}

/* Records the targets of later layers' hard links: the walk may meet a target before its links. */
static int find_link_targets(struct counter *c, struct merge_links *links, uint32_t layer, struct err *err)
{
    const struct index *ix = study_index(c->s, layer);

    for (uint64_t i = 1; i <= index_inodes(ix); i++) {
        struct index_inode in;
        struct index_name name = {0};
        struct part p = {layer, (uint32_t)i};
        struct shared *shared;
        int r = index_inode(ix, i, &in);

        if (r < 0)
            return merge_damaged(err, layer);
        if (!(in.flags & INODE_LOWER_LINK))
            continue;
        r = index_target(ix, &in, &name.name, &name.len);
        if (r < 0)
            return merge_damaged(err, layer);
        name.len = name.len < 255 ? name.len : 255;
        r = merge_links_follow(links, &p, &in, &name);
        if (r == 0 && S_ISREG(in.mode))
            r = share_inode(c, p.layer, p.inode, &shared);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Equal contents have equal keys; another one of the same key would be taken for a rename. */
static uint64_t content_key(uint64_t size, uint64_t hash)
{
    return hash ^ size * 0x9e3779b97f4a7c15u;
}

static int read_contents(const struct counter *c, uint32_t layer)
{
    const struct index *ix = study_index(c->s, layer);
    struct index_inode in;
    int r = 0;
    size_t at;

    for (uint64_t i = 1; r >= 0 && i <= index_inodes(ix); i++) {
        r = index_inode(ix, i, &in);
        if (r < 0)
            return merge_damaged(study_links(c->s)->err, layer);
        if (S_ISREG(in.mode) && in.size && !(in.flags & INODE_LOWER_LINK))
            r = key_table_add(&c->contents[layer], content_key(in.size, in.content_hash), &at);
    }
    return r < 0 ? r : 0;
}

/* Does the layer that removes a file ship its content itself? Sets the loss. */
static int tell_move(const struct counter *c, uint64_t hash, struct study_pair *what)
{
    size_t at;
    int r = 0;

    if (what->loss != STUDY_LOSS_REMOVED || !c->contents || !what->size)
        return 0;
    if (!c->contents[what->by].n_slots)
        r = read_contents(c, what->by);
    if (r == 0 && key_table_find(&c->contents[what->by], content_key(what->size, hash), &at) == 0)
        what->loss = STUDY_LOSS_MOVED;
    return r;
}

static int add_dead(struct counter *c, const char *path, uint64_t hash, struct study_pair what)
{
    size_t at;
    int r = tell_move(c, hash, &what);

    if (r < 0)
        return r;
    r = key_table_add(&c->pair_keys, (uint64_t)what.from << 32 | what.by << 2 | what.loss, &at);

    c->t->layers[what.from].dead = plus(c->t->layers[what.from].dead, what.size);
    c->t->layers[what.from].dead_files++;
    c->t->dead = plus(c->t->dead, what.size);
    if (r > 0) {
        const struct study_pair fresh = {what.from, what.by, what.loss, 0, 0};

        r = buf_append(&c->pairs, &fresh, sizeof fresh);
    }
    if (r < 0)
        return r;
    struct study_pair *p = &((struct study_pair *)(void *)c->pairs.data)[at];
    p->files++;
    p->size = plus(p->size, what.size);
    return c->watch && c->watch->dead ? c->watch->dead(c->watch->ctx, path, &what) : 0;
}

static void add_size(struct counter *c, uint32_t layer, uint64_t size)
{
    c->t->layers[layer].size = plus(c->t->layers[layer].size, size);
    c->t->size = plus(c->t->size, size);
}

/* Counts one name of a file with several. */
static int shared_name(struct counter *c, const struct study_path *p, const struct study_thing *file,
                       const struct study_pair *lost)
{
    struct shared *shared;
    int r = share_inode(c, file->layer, file->number, &shared);

    if (r < 0)
        return r;
    if (!shared->seen) {
        shared->seen = true;
        shared->size = file->inode.size;
        shared->hash = file->inode.content_hash;
        add_size(c, file->layer, file->inode.size);
        if (c->watch && c->watch->dead && !(shared->path = strdup(p->text)))
            return -ENOMEM;
    }
    if (!lost)
        shared->live = true;
    else if (!shared->last.files || lost->by > shared->last.by)
        shared->last = *lost;
    return 0;
}

static enum study_loss loss_by(enum study_change change)
{
    return change == STUDY_REMOVED   ? STUDY_LOSS_REMOVED
           : change == STUDY_CONTENT ? STUDY_LOSS_REPLACED
                                     : STUDY_LOSS_METADATA;
}

/* Counts the file that an event adds, and whether it is in the complete image. */
static int one_file(struct counter *c, const struct study_path *p, const struct study_event *e)
{
    const struct study_thing *file = &e->after;
    const struct study_event *end = e->hidden_by == STUDY_NEVER ? NULL : &p->events[e->hidden_by];
    struct study_pair lost = {.from = file->layer, .files = 1, .size = file->inode.size};
    size_t at;

    if (end) {
        lost.by = end->layer;
        lost.loss = loss_by(end->change);
    }
    if (file->inode.nlink > 1 ||
        key_table_find(&c->shared_keys, (uint64_t)file->layer << 32 | file->number, &at) == 0)
        return shared_name(c, p, file, end ? &lost : NULL);
    add_size(c, file->layer, file->inode.size);
    return end ? add_dead(c, p->text, file->inode.content_hash, lost) : 0;
}

/* Directories are not counted: one in place of a file removes the file. */
static void count_change(struct study_layer_total *t, const struct study_event *e, bool was_file,
                         bool is_file)
{
    t->added += !was_file && is_file;
    t->removed += was_file && !is_file;
    t->changed += was_file && is_file && e->change == STUDY_CONTENT;
    t->metadata += was_file && is_file && e->change == STUDY_METADATA;
}

static int count_path(struct counter *c, const struct study_path *p)
{
    bool was_file = false;
    int r = 0;

    for (size_t i = 0; r == 0 && i < p->n; i++) {
        const struct study_event *e = &p->events[i];
        bool is_file = e->after.exists && !S_ISDIR(e->after.inode.mode);

        count_change(&c->t->layers[e->layer], e, was_file, is_file);
        was_file = is_file;
        if (e->own.kind == FACT_FILE && S_ISREG(e->after.inode.mode))
            r = one_file(c, p, e);
    }
    return r;
}

static int count_shared(struct counter *c)
{
    const struct shared *all = (const struct shared *)(const void *)c->shared.data;
    int r = 0;

    for (size_t i = 0; r == 0 && i < c->shared_keys.n; i++) {
        if (all[i].seen && !all[i].live)
            r = add_dead(c, all[i].path ? all[i].path : "", all[i].hash, all[i].last);
    }
    return r;
}

static int largest_first(const void *pa, const void *pb)
{
    const struct study_pair *a = pa, *b = pb;

    if (a->size != b->size)
        return a->size < b->size ? 1 : -1;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->by != b->by)
        return a->by < b->by ? -1 : 1;
    return (int)a->loss - (int)b->loss;
}

/* Pairs of empty files lose no bytes. */
static int take_pairs(struct counter *c)
{
    struct study_pair *p = (struct study_pair *)(void *)c->pairs.data;
    size_t n = c->pairs.len / sizeof *p;

    if (n)
        qsort(p, n, sizeof *p, largest_first);
    while (n && p[n - 1].size == 0)
        n--;
    c->t->pairs = steal_ptr(&p);
    c->t->n_pairs = n;
    c->pairs = (struct buf)BUF_INIT;
    return 0;
}

static int walk(struct counter *c, struct err *err)
{
    const struct study_path *p;
    struct merge_links *links = study_links(c->s);
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < c->t->n; i++)
        r = find_link_targets(c, links, i, err);
    if (r == 0)
        r = study_rewind(c->s);
    while (r == 0 && (r = study_next(c->s, &p)) > 0) {
        r = p->depth ? count_path(c, p) : 0;
        if (r == 0 && c->watch && c->watch->path)
            r = c->watch->path(c->watch->ctx, p);
    }
    if (r == 0)
        r = count_shared(c);
    return r;
}

int study_count(struct study *s, const struct study_watch *watch, struct study_totals *ret)
{
    struct counter c = {.s = s, .watch = watch, .t = ret};
    int r = -ENOMEM;

    *ret = (struct study_totals){.n = study_layers(s)};
    ret->layers = calloc(ret->n ? ret->n : 1, sizeof *ret->layers);
    if (watch && watch->moves)
        c.contents = calloc(ret->n ? ret->n : 1, sizeof *c.contents);
    if (ret->layers && (c.contents || !watch || !watch->moves))
        r = walk(&c, study_links(s)->err);
    if (r == 0)
        r = take_pairs(&c);
    for (size_t i = 0; i < c.shared_keys.n && i < c.shared.len / sizeof(struct shared); i++)
        free(((struct shared *)(void *)c.shared.data)[i].path);
    for (uint32_t i = 0; c.contents && i < ret->n; i++)
        key_table_free(&c.contents[i]);
    free(c.contents);
    key_table_free(&c.shared_keys);
    key_table_free(&c.pair_keys);
    buf_free(&c.shared);
    buf_free(&c.pairs);
    return r;
}

void study_totals_free(struct study_totals *t)
{
    free(t->layers);
    free(t->pairs);
    *t = (struct study_totals){0};
}

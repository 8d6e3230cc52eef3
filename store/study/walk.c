/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: merges the names of a directory in all layers (merge_order.h), with a stack of open directories. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexing/merge_order.h"
#include "study/events.h"
#include "study/sets.h"

/* Limit of nested directories: a path of an archive has at most 2048 names. */
#define DEPTH_MAX 4096

/* An open directory. */
struct level {
    struct merge_order order;
    size_t cuts, n_cuts; /* cuts of its contents: a run in the study's */
    size_t cuts_before;  /* the study's number of cuts before it was opened */
    size_t path_len;     /* of the directory's path, "" for the root */
};

struct study {
    struct merge_layer *layers;
    uint32_t n;
    struct err *err;
    struct merge_links links;
    struct study_sets sets;
    struct buf levels;  /* struct level */
    struct buf cuts;    /* struct study_cut, one run per level, innermost last */
    struct buf entries; /* struct study_entry of the current path, bottom layer first */
    struct buf events;
    struct buf text; /* the current path, "" for the root */
    struct study_path path;
    bool root;    /* the next path is the root */
    bool entered; /* the next path is the current one */
    bool descend; /* the next path is inside the current one, if there is one */
};

static struct level *level_at(const struct study *s, size_t n)
{
    return &((struct level *)(void *)s->levels.data)[n];
}

static size_t depth(const struct study *s)
{
    return s->levels.len / sizeof(struct level);
}

static void pop(struct study *s)
{
    struct level *l = level_at(s, depth(s) - 1);

    merge_order_free(&l->order);
    s->levels.len -= sizeof *l;
    s->cuts.len = l->cuts_before;
}

int study_open(const struct index *const *layers, uint32_t n, struct err *err, struct study **ret)
{
    struct study *s = calloc(1, sizeof *s);

    if (!s)
        return err_set(err, ENOMEM, "out of memory");
    *s = (struct study){.n = n, .err = err, .root = true};
    s->layers = calloc(n ? n : 1, sizeof *s->layers);
    if (!s->layers || merge_links_init(&s->links, s->layers, n, err) < 0) {
        study_close(s);
        return err_set(err, ENOMEM, "out of memory");
    }
    for (uint32_t i = 0; i < n; i++)
        s->layers[i].index = layers[i];
    *ret = s;
    return 0;
}

void study_close(struct study *s)
{
    if (!s)
        return;
    while (depth(s))
        pop(s);
    buf_free(&s->levels);
    buf_free(&s->cuts);
    buf_free(&s->entries);
    buf_free(&s->events);
    buf_free(&s->text);
    merge_links_release(&s->links);
    study_sets_free(&s->sets);
    free(s->layers);
    free(s);
}

struct merge_links *study_links(struct study *s)
{
    return &s->links;
}

struct study_sets *study_sets(struct study *s)
{
    return &s->sets;
}

uint32_t study_layers(const struct study *s)
{
    return s->n;
}

const struct index *study_index(const struct study *s, uint32_t layer)
{
    return s->layers[layer].index;
}

static size_t n_entries(const struct study *s, struct study_entry **ret)
{
    *ret = (struct study_entry *)(void *)s->entries.data;
    return s->entries.len / sizeof(struct study_entry);
}

/* Pushes the cuts for the contents of the current path: the cuts of its parent directory and its own. Both are sorted
 * by layer. Of two by the same layer, the upper directory's comes first and makes the other redundant. */
static int push_cuts(struct study *s, size_t *ret_first, size_t *ret_n)
{
    size_t above = depth(s) ? level_at(s, depth(s) - 1)->cuts : 0,
           n_above = depth(s) ? level_at(s, depth(s) - 1)->n_cuts : 0, own = 0;
    size_t first = s->cuts.len / sizeof(struct study_cut);
    struct study_entry *e;
    size_t n = n_entries(s, &e), a = 0, i = 0;
    struct study_cut cut;

    for (size_t k = 0; k < n; k++)
        own += study_cut_of(&e[k], s->path.depth, &cut);
    *ret_first = own ? first : above;
    *ret_n = n_above;
    if (!own)
        return 0;
    if (buf_reserve(&s->cuts, (own + n_above) * sizeof cut) < 0)
        return -ENOMEM;
    const struct study_cut *upper = (const struct study_cut *)(const void *)s->cuts.data + above;
    while (a < n_above || i < n) {
        if (i < n && !study_cut_of(&e[i], s->path.depth, &cut)) {
            i++;
            continue;
        }
        if (a < n_above && (i == n || upper[a].layer <= e[i].layer)) {
            i += i < n && upper[a].layer == e[i].layer;
            cut = upper[a++];
        } else {
            i++;
        }
        if (buf_append(&s->cuts, &cut, sizeof cut) < 0) /* capacity is reserved */
            return -ENOMEM;
    }
    *ret_n = s->cuts.len / sizeof cut - first;
    return 0;
}

/* Opens the current path, so that its names come next. */
static int push(struct study *s)
{
    struct level l = {.order = {.layers = s->layers}, .cuts_before = s->cuts.len, .path_len = s->text.len};
    struct study_entry *e;
    size_t n = n_entries(s, &e);
    int r = 0;

    if (depth(s) >= DEPTH_MAX)
        return err_set(s->err, EUCLEAN, "the layers have a path of more than %d names", DEPTH_MAX);
    r = push_cuts(s, &l.cuts, &l.n_cuts);
    for (size_t i = 0; r == 0 && i < n; i++) {
        if (e[i].fact.kind != FACT_DIR)
            continue;
        r = merge_order_add(&l.order, e[i].layer, e[i].number);
        if (r == -EUCLEAN)
            r = merge_damaged(s->err, e[i].layer);
    }
    if (r == 0)
        r = buf_append(&s->levels, &l, sizeof l);
    if (r < 0)
        merge_order_free(&l.order);
    return r;
}

/* Makes the path, and its events from the entries and the directory's cuts. */
static int describe(struct study *s)
{
    struct study_entry *e;
    size_t n = n_entries(s, &e), at = depth(s);
    const struct level *l = at ? level_at(s, at - 1) : NULL;
    int r = study_events_make(&s->links, &s->sets, e, n,
                              l && l->n_cuts ? (const struct study_cut *)(const void *)s->cuts.data + l->cuts
                                             : NULL,
                              l ? l->n_cuts : 0, at, &s->events);

    if (r < 0 || !buf_str(&s->text))
        return r < 0 ? r : -ENOMEM;
    s->path = (struct study_path){.text = at ? s->text.data : "/", .len = at ? s->text.len : 1, .depth = at};
    s->path.name = at ? strrchr(s->text.data, '/') + 1 : s->path.text;
    s->path.name_len = at ? s->text.len - (size_t)(s->path.name - s->text.data) : 1;
    s->path.events = (const struct study_event *)(const void *)s->events.data;
    s->path.n = s->events.len / sizeof(struct study_event);
    for (size_t i = 0; i < n; i++)
        s->path.has_names |= e[i].fact.kind == FACT_DIR;
    return 0;
}

/* Takes the root of all layers. It always exists, whatever the layers contain. */
static int take_root(struct study *s)
{
    int r = 0;

    s->entries.len = s->text.len = 0;
    for (uint32_t i = 0; r == 0 && i < s->n; i++) {
        static const struct index_name none;
        struct study_entry e = {.layer = i, .number = INDEX_ROOT};

        if (index_inode(s->layers[i].index, INDEX_ROOT, &e.inode) < 0 || !S_ISDIR(e.inode.mode) ||
            e.inode.flags & INODE_LOWER_LINK)
            return merge_damaged(s->err, i);
        e.fact = merge_fact(&none, &e.inode);
        e.fact.passive = false;
        r = buf_append(&s->entries, &e, sizeof e);
    }
    return r < 0 ? r : describe(s);
}

static int take_entry(struct study *s, uint32_t layer, uint32_t dir, const struct index_name *name)
{
    struct study_entry e = {.layer = layer, .number = name->inode, .name_dir = dir, .name = *name};

    if (index_child(s->layers[layer].index, dir, name, &e.inode) < 0)
        return merge_damaged(s->err, layer);
    e.fact = merge_fact(name, &e.inode);
    return buf_append(&s->entries, &e, sizeof e);
}

static int set_text(struct study *s, size_t dir_len, const char *name, size_t len)
{
    s->text.len = dir_len;
    return buf_append(&s->text, "/", 1) < 0 || buf_append(&s->text, name, len) < 0 ? -ENOMEM : 0;
}

/* Takes the next name of the innermost directory. 0: none left. */
static int take_name(struct study *s)
{
    struct level *l = level_at(s, depth(s) - 1);
    const struct candidate *c;
    uint32_t layer = 0;
    int r, n = merge_order_next(&l->order, &c, &layer);

    if (n <= 0)
        return n == -EUCLEAN ? merge_damaged(s->err, layer) : n;
    s->entries.len = 0;
    r = set_text(s, l->path_len, c->name.name, c->name.len);
    for (int i = n; r == 0 && i-- > 0;)
        r = take_entry(s, c[i].layer, c[i].dir, &c[i].name);
    if (r == 0)
        r = describe(s);
    return r < 0 ? r : 1;
}

int study_next(struct study *s, const struct study_path **ret)
{
    int r = 0;

    *ret = &s->path;
    if (s->root || s->entered) {
        r = s->root ? take_root(s) : 0;
        s->root = s->entered = false;
        s->descend = true;
        return r < 0 ? r : 1;
    }
    if (s->descend && s->path.has_names)
        r = push(s);
    s->descend = false;
    while (r == 0 && depth(s)) {
        r = take_name(s);
        if (r == 0)
            pop(s);
    }
    s->descend = r > 0;
    return r;
}

void study_skip(struct study *s)
{
    s->descend = false;
}

int study_rewind(struct study *s)
{
    while (depth(s))
        pop(s);
    s->root = true;
    s->entered = s->descend = false;
    return 0;
}

/* Goes from the current path to one of its names. */
static int enter_name(struct study *s, const char *name)
{
    size_t len = strlen(name), dir_len = s->text.len, kept = 0, n;
    struct study_entry *e;
    int r = push(s);

    if (r < 0)
        return r;
    cleanup_buf struct buf dirs = s->entries;
    s->entries = (struct buf)BUF_INIT;
    e = (struct study_entry *)(void *)dirs.data;
    n = dirs.len / sizeof *e;
    r = set_text(s, dir_len, name, len);
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct index_name found;

        if (e[i].fact.kind != FACT_DIR)
            continue;
        r = index_find(s->layers[e[i].layer].index, e[i].number, name, len, &found, NULL);
        if (r == 0)
            r = take_entry(s, e[i].layer, e[i].number, &found);
        else if (r == -ENOENT)
            r = 0;
        else if (r == -EUCLEAN)
            r = merge_damaged(s->err, e[i].layer);
        kept++;
    }
    return r < 0 ? r : describe(s);
}

int study_enter(struct study *s, const char *const *names, size_t n)
{
    int r = study_rewind(s);

    s->root = false;
    if (r == 0)
        r = take_root(s);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = enter_name(s, names[i]);
    /* The directories above contribute no further names to the walk. */
    for (size_t i = 0; r == 0 && i < depth(s); i++)
        merge_order_free(&level_at(s, i)->order);
    s->entered = true;
    return r;
}

struct study_thing study_thing_at(const struct study_path *p, uint32_t upto)
{
    for (size_t i = p->n; i-- > 0;) {
        if (p->events[i].layer < upto)
            return p->events[i].after;
    }
    return (struct study_thing){.exists = false};
}

int study_between(struct study *s, const struct study_path *p, uint32_t from, uint32_t to,
                  enum study_change *ret, unsigned *ret_differs)
{
    const struct study_thing a = study_thing_at(p, from), b = study_thing_at(p, to + 1);
    unsigned differs = 0;
    int r = 0;

    if (a.exists && b.exists)
        r = study_differences(&s->sets, s->layers[a.layer].index, &a.inode, s->layers[b.layer].index,
                              &b.inode, &differs);
    if (r < 0)
        return r;
    if (!a.exists || !b.exists)
        *ret = b.exists ? STUDY_ADDED : a.exists ? STUDY_REMOVED : STUDY_NOTHING;
    else
        *ret = differs & STUDY_DIFFERS_IN_CONTENT ? STUDY_CONTENT : differs ? STUDY_METADATA : STUDY_SAME;
    if (ret_differs)
        *ret_differs = differs;
    return 0;
}

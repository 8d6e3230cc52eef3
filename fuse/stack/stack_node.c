/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table of nodes (stack_node.h): two hash tables with chains through the nodes, by number and by file. One
 * lock guards them and is held for a few memory accesses, never over a system call. Dead nodes are collected
 * under the lock and freed after it.
 */
#include "stack/stack_node.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "tree/tree.h"

#define MIN_BITS 8

struct stack_nodes {
    pthread_mutex_t lock;
    struct stack_layers *layers;
    struct stack_node **by_id, **by_file;
    unsigned bits; /* both have 1 << bits chains */
    size_t n;
    uint64_t next_id;
};

struct spot *spot_new(struct place *in, const char *name, size_t len)
{
    struct spot *s = malloc(sizeof(*s) + len + 1);
    if (!s)
        return NULL;
    atomic_init(&s->refs, 1);
    s->in = place_ref(in);
    s->content = NULL;
    s->no_content = false;
    memcpy(s->name, name, len);
    s->name[len] = 0;
    return s;
}

void spot_unref(struct stack_layers *l, struct spot *s)
{
    while (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1) {
        struct spot *content = s->content;
        place_unref(l, s->in);
        free(s);
        s = content;
    }
}

struct stack_dir *stack_dir_new(unsigned n)
{
    struct stack_dir *d = calloc(1, sizeof(*d) + n * sizeof(*d->places));
    if (!d)
        return NULL;
    if (listing_slot_init(&d->listing) < 0) {
        free(d);
        return NULL;
    }
    atomic_init(&d->refs, 1);
    d->n = n;
    return d;
}

void stack_dir_unref(struct stack_layers *l, struct stack_dir *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < d->n; i++)
        place_unref(l, d->places[i]);
    listing_slot_clear(&d->listing);
    free(d);
}

static bool same_dir(const struct stack_dir *a, const struct stack_dir *b)
{
    if (a->n != b->n)
        return false;
    for (unsigned i = 0; i < a->n; i++)
        if (!place_same(a->places[i], b->places[i]))
            return false;
    return true;
}

static void node_free(struct stack_layers *l, struct stack_node *node)
{
    if (node->has_content)
        fd_cache_drop(l->cache, content_key(node->id));
    spot_unref(l, node->spot);
    stack_dir_unref(l, node->dir);
    listing_share_free(node->share);
    free(node);
}

static size_t id_slot(const struct stack_nodes *t, uint64_t id)
{
    return (id * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - t->bits);
}

static size_t file_slot(const struct stack_nodes *t, dev_t dev, ino_t ino)
{
    return ((ino ^ dev << 40) * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - t->bits);
}

static void insert(struct stack_nodes *t, struct stack_node *node)
{
    struct stack_node **id = &t->by_id[id_slot(t, node->id)];
    struct stack_node **file = &t->by_file[file_slot(t, node->dev, node->ino)];
    node->next_id = *id;
    node->next_file = *file;
    *id = *file = node;
}

/* Without memory the tables keep their size, which is only slower. */
static void resize(struct stack_nodes *t, unsigned bits)
{
    struct stack_node **by_id = calloc((size_t)1 << bits, sizeof(*by_id));
    struct stack_node **by_file = calloc((size_t)1 << bits, sizeof(*by_file));
    if (!by_id || !by_file) {
        free(by_id);
        free(by_file);
        return;
    }
    struct stack_node **old = t->by_id;
    size_t chains = (size_t)1 << t->bits;
    free(t->by_file);
    t->by_id = by_id;
    t->by_file = by_file;
    t->bits = bits;
    for (size_t i = 0; i < chains; i++)
        for (struct stack_node *node = old[i], *next; node; node = next) {
            next = node->next_id;
            insert(t, node);
        }
    free(old);
}

static void take_out(struct stack_nodes *t, struct stack_node *node)
{
    struct stack_node **p = &t->by_id[id_slot(t, node->id)];
    while (*p != node)
        p = &(*p)->next_id;
    *p = node->next_id;
    p = &t->by_file[file_slot(t, node->dev, node->ino)];
    while (*p != node)
        p = &(*p)->next_file;
    *p = node->next_file;
    t->n--;
}

/* Remove an unreferenced node from the tables, and then its parents that only it held. Returns them as a
 * chain through next_id. Called with the lock. */
static struct stack_node *reap(struct stack_nodes *t, struct stack_node *node)
{
    struct stack_node *dead = NULL;
    while (node && node->pins == 0 && node->lookups == 0) {
        take_out(t, node);
        node->next_id = dead;
        dead = node;
        node = node->parent;
        if (node)
            node->pins--;
    }
    return dead;
}

/* Shrink tables that are far too large. True if they were. Called with the lock. */
static bool shrink(struct stack_nodes *t)
{
    if (t->bits <= MIN_BITS || t->n >= (size_t)1 << (t->bits - 3))
        return false;
    resize(t, t->bits - 2 < MIN_BITS ? MIN_BITS : t->bits - 2);
    return true;
}

static void bury(struct stack_nodes *t, struct stack_node *dead, bool shrunk)
{
    while (dead) {
        struct stack_node *next = dead->next_id;
        node_free(t->layers, dead);
        dead = next;
    }
#ifdef __GLIBC__
    /* Freed nodes are scattered over the heap: without malloc_trim(3) the process would keep its largest
     * size. */
    if (shrunk)
        malloc_trim(0);
#else
    (void)shrunk;
#endif
}

struct stack_nodes *stack_nodes_new(struct stack_layers *l, const struct stat *st, struct stack_dir *root)
{
    struct stack_nodes *t = calloc(1, sizeof(*t));
    struct stack_node *node = calloc(1, sizeof(*node));
    if (!t || !node || pthread_mutex_init(&t->lock, NULL) != 0) {
        free(node);
        free(t);
        return NULL;
    }
    t->layers = l;
    t->bits = MIN_BITS;
    t->by_id = calloc((size_t)1 << t->bits, sizeof(*t->by_id));
    t->by_file = calloc((size_t)1 << t->bits, sizeof(*t->by_file));
    if (!t->by_id || !t->by_file) {
        free(node);
        stack_nodes_free(t);
        return NULL;
    }
    *node = (struct stack_node){
        .id = TREE_ROOT, .dev = st->st_dev, .ino = st->st_ino, .type = S_IFDIR, .dir = root};
    node->pins = 1; /* never dropped */
    insert(t, node);
    t->n = 1;
    t->next_id = TREE_ROOT + 1;
    return t;
}

void stack_nodes_free(struct stack_nodes *t)
{
    if (!t)
        return;
    for (size_t i = 0; t->by_id && t->by_file && i < (size_t)1 << t->bits; i++)
        for (struct stack_node *node = t->by_id[i], *next; node; node = next) {
            next = node->next_id;
            node_free(t->layers, node);
        }
    pthread_mutex_destroy(&t->lock);
    free(t->by_id);
    free(t->by_file);
    free(t);
}

static struct stack_node *find(const struct stack_nodes *t, uint64_t id)
{
    struct stack_node *node = t->by_id[id_slot(t, id)];
    while (node && node->id != id)
        node = node->next_id;
    return node;
}

struct stack_node *stack_node_pin(struct stack_nodes *t, uint64_t id)
{
    pthread_mutex_lock(&t->lock);
    struct stack_node *node = find(t, id);
    if (node)
        node->pins++;
    pthread_mutex_unlock(&t->lock);
    return node;
}

void stack_node_unpin(struct stack_nodes *t, struct stack_node *node)
{
    pthread_mutex_lock(&t->lock);
    node->pins--;
    struct stack_node *dead = reap(t, node);
    bool shrunk = dead && shrink(t);
    pthread_mutex_unlock(&t->lock);
    bury(t, dead, shrunk);
}

struct spot *stack_node_spot(struct stack_nodes *t, struct stack_node *node)
{
    pthread_mutex_lock(&t->lock);
    struct spot *s = node->spot;
    if (s)
        atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&t->lock);
    return s;
}

struct stack_dir *stack_node_dir(struct stack_nodes *t, struct stack_node *node)
{
    pthread_mutex_lock(&t->lock);
    struct stack_dir *d = node->dir;
    if (d)
        atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&t->lock);
    return d;
}

struct listing_share *stack_node_share(struct stack_nodes *t, struct stack_node *node)
{
    pthread_mutex_lock(&t->lock);
    if (!node->share)
        node->share = listing_share_new();
    struct listing_share *share = node->share;
    pthread_mutex_unlock(&t->lock);
    return share;
}

int stack_node_name(struct stack_nodes *t, uint64_t id, uint64_t *ret_dir, char ret_name[NAME_MAX + 1])
{
    pthread_mutex_lock(&t->lock);
    const struct stack_node *node = find(t, id);
    int r = !node ? -ESTALE : !node->parent ? -EINVAL : 0;
    if (r == 0) {
        *ret_dir = node->parent->id;
        memcpy(ret_name, node->spot->name, strlen(node->spot->name) + 1);
    }
    pthread_mutex_unlock(&t->lock);
    return r;
}

void stack_node_has_content(struct stack_nodes *t, struct stack_node *node)
{
    pthread_mutex_lock(&t->lock);
    node->has_content = true;
    pthread_mutex_unlock(&t->lock);
}

static struct stack_node *find_file(const struct stack_nodes *t, const struct stack_node *parent,
                                    const struct stat *st, const struct spot *spot)
{
    struct stack_node *node = t->by_file[file_slot(t, st->st_dev, st->st_ino)];
    for (; node; node = node->next_file) {
        if (node->ino != st->st_ino || node->dev != st->st_dev || node->type != (st->st_mode & S_IFMT))
            continue;
        if (!node->dir || (node->parent == parent && strcmp(node->spot->name, spot->name) == 0))
            return node;
    }
    return NULL;
}

/* Change the parent of a file's node; returns the nodes that only it held, as from reap. Called with the
 * lock. */
static struct stack_node *move(struct stack_nodes *t, struct stack_node *node, struct stack_node *parent)
{
    struct stack_node *old = node->parent;
    parent->pins++;
    node->parent = parent;
    old->pins--;
    return reap(t, old);
}

/* Replace the location: a directory found again has the same name. */
static void swap_place(struct stack_node *node, struct spot **spot, struct stack_dir **dir)
{
    struct spot *old_spot = node->spot;
    struct stack_dir *old_dir = node->dir;
    node->spot = *spot;
    node->dir = *dir;
    *spot = old_spot;
    *dir = old_dir;
}

int stack_node_enter(struct stack_nodes *t, struct stack_node *parent, const struct stat *st,
                     struct spot *spot, struct stack_dir *dir, uint64_t *ret_id)
{
    struct stack_node *fresh = malloc(sizeof(*fresh));
    if (!fresh) {
        spot_unref(t->layers, spot);
        stack_dir_unref(t->layers, dir);
        return -ENOMEM;
    }
    struct stack_node *dead = NULL;
    pthread_mutex_lock(&t->lock);
    struct stack_node *node = find_file(t, parent, st, spot);
    if (node) {
        /* The latest lookup is right: other directories may have been removed from a live layer. */
        if (!node->dir || !same_dir(node->dir, dir))
            swap_place(node, &spot, &dir);
        if (!node->dir)
            dead = move(t, node, parent);
    } else {
        node = fresh;
        *node = (struct stack_node){.id = t->next_id++,
                                    .dev = st->st_dev,
                                    .ino = st->st_ino,
                                    .type = st->st_mode & S_IFMT,
                                    .dir = dir,
                                    .spot = spot,
                                    .parent = parent};
        parent->pins++;
        insert(t, node);
        if (++t->n > (size_t)1 << t->bits)
            resize(t, t->bits + 1);
        fresh = NULL;
        spot = NULL;
        dir = NULL;
    }
    node->lookups++;
    *ret_id = node->id;
    bool shrunk = dead && shrink(t);
    pthread_mutex_unlock(&t->lock);
    bury(t, dead, shrunk);
    free(fresh);
    spot_unref(t->layers, spot);
    stack_dir_unref(t->layers, dir);
    return 0;
}

void stack_node_ref(struct stack_nodes *t, uint64_t id, uint64_t n)
{
    pthread_mutex_lock(&t->lock);
    struct stack_node *node = find(t, id);
    if (node)
        node->lookups += n;
    pthread_mutex_unlock(&t->lock);
}

void stack_node_forget(struct stack_nodes *t, uint64_t id, uint64_t n)
{
    struct stack_node *dead = NULL;
    bool shrunk = false;
    pthread_mutex_lock(&t->lock);
    struct stack_node *node = find(t, id);
    if (node) {
        node->lookups -= n < node->lookups ? n : node->lookups;
        dead = reap(t, node);
        shrunk = dead && shrink(t);
    }
    pthread_mutex_unlock(&t->lock);
    bury(t, dead, shrunk);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Two hash tables with chains through the nodes: by node number, and by inode number in the upper. */
#include "union/nodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIN_BITS 6

struct nodes {
    struct node **by_id, **by_upper; /* both have 1 << bits chains */
    unsigned bits;
    size_t n;
    uint64_t next_counted;
    bool keep, lost; /* see nodes_keep */
};

static size_t slot(const struct nodes *t, uint64_t key)
{
    return (key * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - t->bits);
}

struct nodes *nodes_new(void)
{
    struct nodes *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->bits = MIN_BITS;
    t->next_counted = NODE_COUNTED;
    t->by_id = calloc((size_t)1 << t->bits, sizeof(struct node *));
    t->by_upper = calloc((size_t)1 << t->bits, sizeof(struct node *));
    if (!t->by_id || !t->by_upper) {
        free(t->by_id);
        free(t->by_upper);
        free(t);
        return NULL;
    }
    return t;
}

void node_free(struct node *n)
{
    names_free(n->names);
    if (n->held_fd >= 0)
        close(n->held_fd);
    free(n->name);
    free(n);
}

void nodes_free(struct nodes *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < (size_t)1 << t->bits; i++)
        for (struct node *n = t->by_id[i], *next; n; n = next) {
            next = n->next_id;
            node_free(n);
        }
    free(t->by_id);
    free(t->by_upper);
    free(t);
}

struct node *node_by_id(const struct nodes *t, uint64_t id)
{
    struct node *n = t->by_id[slot(t, id)];

    while (n && n->id != id)
        n = n->next_id;
    return n;
}

struct node *node_by_upper(const struct nodes *t, uint64_t upper_ino)
{
    struct node *n = t->by_upper[slot(t, upper_ino)];

    while (n && n->upper_ino != upper_ino)
        n = n->next_upper;
    return n;
}

void nodes_keep(struct nodes *t)
{
    t->keep = true;
    t->lost = false;
}

bool nodes_keeps_all(const struct nodes *t)
{
    return t->keep && !t->lost;
}

static void insert_by_id(struct nodes *t, struct node *n)
{
    struct node **chain = &t->by_id[slot(t, n->id)];

    n->next_id = *chain;
    *chain = n;
}

static void insert_by_upper(struct nodes *t, struct node *n)
{
    struct node **chain = &t->by_upper[slot(t, n->upper_ino)];

    n->next_upper = *chain;
    *chain = n;
}

/* Without memory the tables keep their size, which is only slower. */
static void resize(struct nodes *t, unsigned bits)
{
    struct nodes old = *t;
    struct node **by_id = calloc((size_t)1 << bits, sizeof(struct node *));
    struct node **by_upper = calloc((size_t)1 << bits, sizeof(struct node *));

    if (!by_id || !by_upper) {
        free(by_id);
        free(by_upper);
        return;
    }
    t->by_id = by_id;
    t->by_upper = by_upper;
    t->bits = bits;
    for (size_t i = 0; i < (size_t)1 << old.bits; i++)
        for (struct node *n = old.by_id[i], *next; n; n = next) {
            next = n->next_id;
            insert_by_id(t, n);
            if (n->upper_ino)
                insert_by_upper(t, n);
        }
    free(old.by_id);
    free(old.by_upper);
}

struct node *node_new(struct nodes *t, uint64_t id, uint32_t type)
{
    struct node *n = calloc(1, sizeof *n);

    if (!n)
        return NULL;
    *n = (struct node){.id = id ? id : t->next_counted++, .type = type, .held_fd = -1, .pins = 1};
    insert_by_id(t, n);
    if (++t->n > (size_t)1 << t->bits)
        resize(t, t->bits + 1);
    return n;
}

static void take_out_of_upper(struct nodes *t, const struct node *n)
{
    struct node **p = &t->by_upper[slot(t, n->upper_ino)];

    while (*p != n)
        p = &(*p)->next_upper;
    *p = n->next_upper;
}

void node_set_upper(struct nodes *t, struct node *n, uint64_t upper_ino)
{
    if (n->upper_ino)
        take_out_of_upper(t, n);
    n->upper_ino = upper_ino;
    if (upper_ino)
        insert_by_upper(t, n);
}

void node_take_name(struct node *n, struct node *parent, char *name)
{
    if (parent)
        parent->pins++;
    if (n->parent)
        n->parent->pins--; /* the caller holds a pin of its own on it */
    free(n->name);
    n->parent = parent;
    n->name = name;
}

int node_set_name(struct node *n, struct node *parent, const char *name)
{
    char *copy = parent ? strdup(name) : NULL;

    if (parent && !copy)
        return -ENOMEM;
    node_take_name(n, parent, copy);
    return 0;
}

void node_pin(struct node *n)
{
    n->pins++;
}

static void take_out_of_ids(struct nodes *t, const struct node *n)
{
    struct node **p = &t->by_id[slot(t, n->id)];

    while (*p != n)
        p = &(*p)->next_id;
    *p = n->next_id;
}

void node_set_id(struct nodes *t, struct node *n, uint64_t id)
{
    take_out_of_ids(t, n);
    n->id = id;
    insert_by_id(t, n);
}

static void take_out(struct nodes *t, struct node *n)
{
    take_out_of_ids(t, n);
    if (n->upper_ino)
        take_out_of_upper(t, n);
    t->n--;
}

/* Is the node kept without references? */
static bool is_kept(struct nodes *t, const struct node *n)
{
    if (!t->keep || n->dead || !n->upper_ino)
        return false;
    t->lost = t->lost || !n->parent;
    return n->parent;
}

struct node *node_unpin(struct nodes *t, struct node *n, uint64_t lookups)
{
    struct node *dead = NULL;

    n->pins--;
    n->lookups -= lookups < n->lookups ? lookups : n->lookups;
    while (n && n->pins == 0 && n->lookups == 0 && !is_kept(t, n)) {
        struct node *parent = n->parent;

        take_out(t, n);
        n->next_id = dead;
        dead = n;
        if (parent)
            parent->pins--;
        n = parent;
    }
    if (dead && t->bits > MIN_BITS && t->n < (size_t)1 << (t->bits - 3))
        resize(t, t->bits - 2 < MIN_BITS ? MIN_BITS : t->bits - 2);
    return dead;
}

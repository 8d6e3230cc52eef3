/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded cache of descriptors (fd_cache.h).
 *
 * An entry is in the table from its addition until it is evicted or dropped, and in the list of idle entries
 * (most recently put first) while nobody borrows it. Only idle entries are evicted. Descriptors to be closed
 * are collected under the lock and closed after it is released, because close(2) can sleep (to flush a
 * network file system, for example).
 */
#include "os/fd_cache.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/cleanup.h"

struct fd_cache_entry {
    struct fd_cache_entry *chain;         /* next in the bucket; next to close once it is out of the table */
    struct fd_cache_entry *newer, *older; /* in the list of idle entries */
    uint64_t key;
    int fd;
    unsigned borrowed;
    bool dropped; /* no longer in the table; the last borrower closes it */
};

struct fd_cache {
    pthread_mutex_t lock; /* guards all fields below, and the entries except their constant key and fd */
    struct fd_cache_entry **buckets;
    unsigned shift;      /* 64 - log2 of the number of buckets */
    unsigned max, count; /* in the table: limit that idle entries keep to, and current number */
    struct fd_cache_entry *newest, *oldest;
};

static struct fd_cache_entry **bucket(const struct fd_cache *c, uint64_t key)
{
    /* Fibonacci hashing, because keys are often consecutive. */
    return &c->buckets[(key * UINT64_C(0x9E3779B97F4A7C15)) >> c->shift];
}

struct fd_cache *fd_cache_new(unsigned max)
{
    struct fd_cache *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    unsigned bits = 4;
    while (bits < 20 && (1u << bits) < max)
        bits++;
    c->shift = 64 - bits;
    c->max = max;
    c->buckets = calloc((size_t)1 << bits, sizeof(*c->buckets));
    if (!c->buckets || pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c->buckets);
        free(c);
        return NULL;
    }
    return c;
}

static void close_entries(struct fd_cache_entry *e)
{
    while (e) {
        struct fd_cache_entry *next = e->chain;
        close(e->fd);
        free(e);
        e = next;
    }
}

void fd_cache_free(struct fd_cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < (size_t)1 << (64 - c->shift); i++)
        close_entries(c->buckets[i]);
    pthread_mutex_destroy(&c->lock);
    free(c->buckets);
    free(c);
}

static struct fd_cache_entry *find(const struct fd_cache *c, uint64_t key)
{
    struct fd_cache_entry *e = *bucket(c, key);
    while (e && e->key != key)
        e = e->chain;
    return e;
}

static void unlink_idle(struct fd_cache *c, struct fd_cache_entry *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void link_idle(struct fd_cache *c, struct fd_cache_entry *e)
{
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static void remove_from_table(struct fd_cache *c, struct fd_cache_entry *e)
{
    struct fd_cache_entry **p = bucket(c, e->key);
    while (*p != e)
        p = &(*p)->chain;
    *p = e->chain;
    e->chain = NULL;
    c->count--;
}

/* Removes idle entries from the table until the limit is kept. Returns them for the caller to close
 * without the lock. */
static struct fd_cache_entry *evict(struct fd_cache *c)
{
    struct fd_cache_entry *victims = NULL;
    while (c->count > c->max && c->oldest) {
        struct fd_cache_entry *e = c->oldest;
        unlink_idle(c, e);
        remove_from_table(c, e);
        e->chain = victims;
        victims = e;
    }
    return victims;
}

static struct fd_cache_entry *borrow(struct fd_cache *c, uint64_t key)
{
    struct fd_cache_entry *e = find(c, key);
    if (e && e->borrowed++ == 0)
        unlink_idle(c, e);
    return e;
}

struct fd_cache_entry *fd_cache_get(struct fd_cache *c, uint64_t key)
{
    pthread_mutex_lock(&c->lock);
    struct fd_cache_entry *e = borrow(c, key);
    pthread_mutex_unlock(&c->lock);
    return e;
}

struct fd_cache_entry *fd_cache_add(struct fd_cache *c, uint64_t key, int fd)
{
    cleanup_fd int owned = fd;
    cleanup_free struct fd_cache_entry *fresh = calloc(1, sizeof(*fresh));
    if (!fresh)
        return NULL;
    struct fd_cache_entry *victims = NULL;
    pthread_mutex_lock(&c->lock);
    struct fd_cache_entry *e = borrow(c, key);
    if (!e) {
        e = steal_ptr(&fresh);
        e->key = key;
        e->fd = steal_fd(&owned);
        e->borrowed = 1;
        struct fd_cache_entry **b = bucket(c, key);
        e->chain = *b;
        *b = e;
        c->count++;
        victims = evict(c);
    }
    pthread_mutex_unlock(&c->lock);
    close_entries(victims);
    return e;
}

int fd_cache_fd(const struct fd_cache_entry *e)
{
    return e->fd;
}

void fd_cache_put(struct fd_cache *c, struct fd_cache_entry *e)
{
    if (!e)
        return;
    struct fd_cache_entry *victims = NULL;
    pthread_mutex_lock(&c->lock);
    if (--e->borrowed == 0) {
        if (e->dropped) {
            victims = e;
        } else {
            link_idle(c, e);
            victims = evict(c);
        }
    }
    pthread_mutex_unlock(&c->lock);
    close_entries(victims);
}

void fd_cache_drop(struct fd_cache *c, uint64_t key)
{
    struct fd_cache_entry *victim = NULL;
    pthread_mutex_lock(&c->lock);
    struct fd_cache_entry *e = find(c, key);
    if (e) {
        if (e->borrowed == 0) {
            unlink_idle(c, e);
            victim = e;
        }
        remove_from_table(c, e);
        e->dropped = true;
    }
    pthread_mutex_unlock(&c->lock);
    close_entries(victim);
}

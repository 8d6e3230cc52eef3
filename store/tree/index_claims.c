/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/index_claims.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define WORD 64u

/* The sets that every call reads are read without the lock; all sets are changed under it. */
struct index_claims {
    pthread_mutex_t lock;
    _Atomic uint64_t *dirs;   /* inodes whose run is claimed */
    _Atomic uint64_t *firsts; /* names claimed as the only name of a directory */
    uint64_t *named;          /* directories whose name is claimed */
    uint64_t *taken;          /* names in a claimed run */
};

static uint64_t words(uint64_t bits)
{
    return bits / WORD + 1;
}

struct index_claims *index_claims_new(uint64_t inodes, uint64_t names)
{
    struct index_claims *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    c->dirs = calloc(words(inodes), sizeof(*c->dirs));
    c->named = calloc(words(inodes), sizeof(*c->named));
    c->firsts = calloc(words(names), sizeof(*c->firsts));
    c->taken = calloc(words(names), sizeof(*c->taken));
    if (c->dirs && c->named && c->firsts && c->taken)
        return c;
    index_claims_free(c);
    return NULL;
}

void index_claims_free(struct index_claims *c)
{
    if (!c)
        return;
    pthread_mutex_destroy(&c->lock);
    free(c->dirs);
    free(c->firsts);
    free(c->named);
    free(c->taken);
    free(c);
}

static uint64_t bit(uint64_t n)
{
    return UINT64_C(1) << (n % WORD);
}

static bool is_noted(const _Atomic uint64_t *set, uint64_t n)
{
    return atomic_load_explicit(&set[n / WORD], memory_order_relaxed) & bit(n);
}

static void note(_Atomic uint64_t *set, uint64_t n)
{
    atomic_fetch_or_explicit(&set[n / WORD], bit(n), memory_order_relaxed);
}

/* The bits of at .. end - 1 in the word of bit `at`. */
static uint64_t mask(uint64_t at, uint64_t end)
{
    uint64_t from = UINT64_MAX << (at % WORD), left = end - at / WORD * WORD;

    return left < WORD ? from & ((UINT64_C(1) << left) - 1) : from;
}

/* Sets bits first .. end - 1. False, without a change, if one is already set. */
static bool take(uint64_t *set, uint64_t first, uint64_t end)
{
    for (uint64_t at = first; at < end; at = (at / WORD + 1) * WORD)
        if (set[at / WORD] & mask(at, end))
            return false;
    for (uint64_t at = first; at < end; at = (at / WORD + 1) * WORD)
        set[at / WORD] |= mask(at, end);
    return true;
}

bool index_claims_run(struct index_claims *c, uint64_t dir, uint64_t first, uint64_t n)
{
    bool ours = n == 0 || is_noted(c->dirs, dir);

    if (ours)
        return true;
    pthread_mutex_lock(&c->lock);
    ours = is_noted(c->dirs, dir);
    if (!ours && take(c->taken, first, first + n)) {
        note(c->dirs, dir);
        ours = true;
    }
    pthread_mutex_unlock(&c->lock);
    return ours;
}

bool index_claims_dir(struct index_claims *c, uint64_t dir, uint64_t name)
{
    bool ours = is_noted(c->firsts, name);

    if (ours)
        return true;
    pthread_mutex_lock(&c->lock);
    ours = is_noted(c->firsts, name);
    if (!ours && !(c->named[dir / WORD] & bit(dir))) {
        c->named[dir / WORD] |= bit(dir);
        note(c->firsts, name);
        ours = true;
    }
    pthread_mutex_unlock(&c->lock);
    return ours;
}

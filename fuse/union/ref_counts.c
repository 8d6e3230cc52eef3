/* SPDX-License-Identifier: Apache-2.0 */
/* Node numbers are dense, so counts are stored in pages of neighbours; a page of zeros is freed. */
#include "union/ref_counts.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE_BITS 9
#define PAGE_SIZE (1u << PAGE_BITS)
#define MIN_BITS  6

struct page {
    uint64_t number; /* of its first node, shifted */
    uint64_t sum;
    struct page *next;
    uint32_t counts[PAGE_SIZE];
    uint64_t large[PAGE_SIZE / 64]; /* bits */
};

struct ref_counts {
    struct page **chains; /* 1 << bits */
    unsigned bits;
    size_t n;
};

struct ref_counts *ref_counts_new(void)
{
    struct ref_counts *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->bits = MIN_BITS;
    c->chains = calloc((size_t)1 << c->bits, sizeof(struct page *));
    if (!c->chains) {
        free(c);
        return NULL;
    }
    return c;
}

void ref_counts_free(struct ref_counts *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < (size_t)1 << c->bits; i++)
        for (struct page *p = c->chains[i], *next; p; p = next) {
            next = p->next;
            free(p);
        }
    free(c->chains);
    free(c);
}

static struct page **chain_of(const struct ref_counts *c, uint64_t number)
{
    return &c->chains[(number * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - c->bits)];
}

static struct page *find(const struct ref_counts *c, uint64_t id)
{
    struct page *p = *chain_of(c, id >> PAGE_BITS);

    while (p && p->number != id >> PAGE_BITS)
        p = p->next;
    return p;
}

/* Without memory the table keeps its size, which is only slower. */
static void grow(struct ref_counts *c)
{
    struct ref_counts larger = {.bits = c->bits + 1};

    if (c->n < (size_t)1 << c->bits ||
        !(larger.chains = calloc((size_t)1 << larger.bits, sizeof(struct page *))))
        return;
    for (size_t i = 0; i < (size_t)1 << c->bits; i++)
        for (struct page *p = c->chains[i], *next; p; p = next) {
            struct page **chain = chain_of(&larger, p->number);

            next = p->next;
            p->next = *chain;
            *chain = p;
        }
    free(c->chains);
    c->chains = larger.chains;
    c->bits = larger.bits;
}

static uint64_t bit_of(uint64_t id)
{
    return 1ull << (id & 63);
}

static uint64_t *word_of(struct page *p, uint64_t id)
{
    return &p->large[(id & (PAGE_SIZE - 1)) / 64];
}

int ref_counts_add(struct ref_counts *c, uint64_t id, uint32_t n, bool large)
{
    struct page *p = find(c, id);

    if (!p) {
        struct page **chain;

        p = calloc(1, sizeof *p);
        if (!p)
            return -ENOMEM;
        grow(c);
        p->number = id >> PAGE_BITS;
        chain = chain_of(c, p->number);
        p->next = *chain;
        *chain = p;
        c->n++;
    }
    p->counts[id & (PAGE_SIZE - 1)] += n;
    p->sum += n;
    if (large)
        *word_of(p, id) |= bit_of(id);
    else
        *word_of(p, id) &= ~bit_of(id);
    return 0;
}

void ref_counts_drop(struct ref_counts *c, uint64_t id, uint64_t n)
{
    struct page *p = find(c, id), **at;
    uint32_t *count;

    if (!p)
        return;
    count = &p->counts[id & (PAGE_SIZE - 1)];
    if (n > *count)
        n = *count;
    *count -= (uint32_t)n;
    p->sum -= n;
    if (p->sum > 0)
        return;
    for (at = chain_of(c, p->number); *at != p;)
        at = &(*at)->next;
    *at = p->next;
    c->n--;
    free(p);
}

uint32_t ref_counts_get(const struct ref_counts *c, uint64_t id)
{
    const struct page *p = find(c, id);

    return p ? p->counts[id & (PAGE_SIZE - 1)] : 0;
}

bool ref_counts_large(const struct ref_counts *c, uint64_t id)
{
    struct page *p = find(c, id);

    return p && *word_of(p, id) & bit_of(id);
}

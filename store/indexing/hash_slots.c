/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/hash_slots.h"

#include <errno.h>
#include <stdlib.h>

/* A slot with number 0 is empty. */
struct hash_slot {
    uint32_t hash, number;
};

#define PART_SHIFT 59 /* the upper 5 bits choose one of the 32 parts, the lower 32 are stored */

_Static_assert(HASH_SLOTS_PARTS == UINT64_C(1) << (64 - PART_SHIFT), "every part can be chosen");

/* Returns the start of the search in a part. Places follow the order of hashes, so that a part is copied
 * sequentially. */
static uint32_t place(const struct hash_part *p, uint32_t hash)
{
    return (uint32_t)((uint64_t)hash * p->size >> 32);
}

struct hash_probe hash_slots_probe(const struct hash_slots *t, uint64_t hash)
{
    const struct hash_part *p = &t->parts[hash >> PART_SHIFT];

    return (struct hash_probe){p, (uint32_t)hash, place(p, (uint32_t)hash)};
}

uint32_t hash_probe_next(struct hash_probe *p)
{
    if (p->part->size == 0)
        return 0;
    for (;;) {
        const struct hash_slot *s = &p->part->slots[p->slot];

        if (s->number == 0)
            return 0;
        p->slot = p->slot + 1 < p->part->size ? p->slot + 1 : 0;
        if (s->hash == p->hash)
            return s->number;
    }
}

static void put(struct hash_part *p, struct hash_slot slot)
{
    uint32_t at = place(p, slot.hash);

    while (p->slots[at].number)
        at = at + 1 < p->size ? at + 1 : 0;
    p->slots[at] = slot;
    p->used++;
}

static int grow(struct hash_part *p)
{
    uint64_t size = p->size ? (uint64_t)p->size + p->size / 4 : 16;
    struct hash_part bigger = {.size = (uint32_t)size};

    if (size > UINT32_MAX)
        return -ENOMEM;
    bigger.slots = calloc(size, sizeof(*bigger.slots));
    if (!bigger.slots)
        return -ENOMEM;
    for (uint32_t i = 0; i < p->size; i++)
        if (p->slots[i].number)
            put(&bigger, p->slots[i]);
    free(p->slots);
    *p = bigger;
    return 0;
}

int hash_slots_add(struct hash_slots *t, uint64_t hash, uint32_t number)
{
    struct hash_part *p = &t->parts[hash >> PART_SHIFT];
    int r = 0;

    /* Keep a fifth empty: searches in a fuller part are long. */
    if (p->used >= p->size - p->size / 5)
        r = grow(p);
    if (r == 0)
        put(p, (struct hash_slot){(uint32_t)hash, number});
    return r;
}

void hash_slots_free(struct hash_slots *t)
{
    for (uint32_t i = 0; i < HASH_SLOTS_PARTS; i++)
        free(t->parts[i].slots);
    *t = (struct hash_slots){0};
}

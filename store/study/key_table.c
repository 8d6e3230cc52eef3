/* SPDX-License-Identifier: Apache-2.0 */
#include "study/key_table.h"

#include <errno.h>
#include <stdlib.h>

/* Mixes all bits of the key (the finalizer of MurmurHash3). */
static size_t slot_of(const struct key_table *t, uint64_t key)
{
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdu;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53u;
    key ^= key >> 33;
    return (size_t)key & (t->n_slots - 1);
}

/* Returns the slot of a key, or the free slot for it. */
static uint32_t *slot(const struct key_table *t, uint64_t key)
{
    size_t at = slot_of(t, key);

    while (t->slots[at] && t->keys[t->slots[at] - 1] != key)
        at = (at + 1) & (t->n_slots - 1);
    return &t->slots[at];
}

/* Keeps at least half of the slots free. */
static int grow(struct key_table *t)
{
    size_t n_slots = t->n_slots ? t->n_slots * 2 : 64;
    uint64_t *keys = reallocarray(t->keys, n_slots / 2, sizeof *keys);

    if (!keys)
        return -ENOMEM;
    t->keys = keys;
    uint32_t *slots = calloc(n_slots, sizeof *slots);
    if (!slots)
        return -ENOMEM;
    free(t->slots);
    t->slots = slots;
    t->n_slots = n_slots;
    for (size_t i = 0; i < t->n; i++)
        *slot(t, t->keys[i]) = (uint32_t)i + 1;
    return 0;
}

int key_table_find(const struct key_table *t, uint64_t key, size_t *ret)
{
    uint32_t found = t->n_slots ? *slot(t, key) : 0;

    if (!found)
        return -ENOENT;
    *ret = found - 1;
    return 0;
}

int key_table_add(struct key_table *t, uint64_t key, size_t *ret)
{
    if (key_table_find(t, key, ret) == 0)
        return 0;
    if (t->n >= t->n_slots / 2 && (t->n >= UINT32_MAX / 2 || grow(t) < 0))
        return -ENOMEM;
    *ret = t->n;
    t->keys[t->n++] = key;
    *slot(t, key) = (uint32_t)t->n;
    return 1;
}

void key_table_free(struct key_table *t)
{
    free(t->keys);
    free(t->slots);
    *t = (struct key_table){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "import/known_table.h"

#include <errno.h>
#include <stdlib.h>
#include <xxhash.h>

#include "os/array.h"

/* Contents: more are not listed, and so not shared. 48 bytes each with their slots. */
#define CONTENTS_MAX (UINT32_C(1) << 23)

static uint64_t slot_of(const struct known_table *t, uint64_t hash, uint64_t size)
{
    const uint64_t key[2] = {hash, size};

    return XXH3_64bits_withSeed(key, sizeof(key), t->seed);
}

size_t known_table_find(const struct known_table *t, const struct known_content *c, struct known_content *ret,
                        size_t max)
{
    struct hash_probe probe = hash_slots_probe(&t->by_hash, slot_of(t, c->hash, c->size));
    size_t n = 0;

    for (uint32_t i; n < max && (i = hash_probe_next(&probe));)
        if (t->all[i - 1].hash == c->hash && t->all[i - 1].size == c->size)
            ret[n++] = t->all[i - 1];
    return n;
}

size_t known_table_of_size(const struct known_table *t, uint64_t size, struct known_content *ret, size_t max)
{
    struct hash_probe probe = hash_slots_probe(&t->by_size, slot_of(t, 0, size));
    size_t n = 0;

    for (uint32_t i; n < max && (i = hash_probe_next(&probe));)
        if (t->all[i - 1].size == size)
            ret[n++] = t->all[i - 1];
    return n;
}

int known_table_add(struct known_table *t, const struct known_content *c)
{
    struct known_content same[KNOWN_MAX];

    if (t->n >= CONTENTS_MAX || known_table_find(t, c, same, KNOWN_MAX) == KNOWN_MAX)
        return 0;
    struct known_content *more = array_room(t->all, t->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    t->all = more;
    t->all[t->n] = *c;
    if (hash_slots_add(&t->by_hash, slot_of(t, c->hash, c->size), (uint32_t)t->n + 1) < 0)
        return -ENOMEM;
    t->n++;
    if (c->pack != KNOWN_FILE || known_table_of_size(t, c->size, same, KNOWN_MAX) == KNOWN_MAX)
        return 0;
    return hash_slots_add(&t->by_size, slot_of(t, 0, c->size), (uint32_t)t->n);
}

void known_table_free(struct known_table *t)
{
    free(t->all);
    hash_slots_free(&t->by_hash);
    hash_slots_free(&t->by_size);
}

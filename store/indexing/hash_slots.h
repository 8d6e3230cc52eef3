/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of numbers, found by the hash of the items they stand for; the caller compares the items.
 *
 * A large image has a number for each name, so memory matters: a slot has 8 bytes, and the table consists of
 * parts that grow independently, by a quarter, so that there are never twice as many slots as numbers, nor an
 * old and a new table at once. Part and place follow from the hash; for items that an image chooses the hash
 * needs a seed that the image cannot know.
 */
#ifndef MICA_INDEXING_HASH_SLOTS_H
#define MICA_INDEXING_HASH_SLOTS_H

#include <stdint.h>

#define HASH_SLOTS_PARTS 32u

struct hash_part {
    struct hash_slot *slots;
    uint32_t used, size;
};

/* All zeros: an empty table. */
struct hash_slots {
    struct hash_part parts[HASH_SLOTS_PARTS];
};

/* A search for the numbers that were added with one hash. */
struct hash_probe {
    const struct hash_part *part;
    uint32_t hash, slot;
};

struct hash_probe hash_slots_probe(const struct hash_slots *t, uint64_t hash);
/* Returns the next candidate; 0 after the last. */
uint32_t hash_probe_next(struct hash_probe *p);
/* Adds `number` > 0. 0 or -ENOMEM. */
int hash_slots_add(struct hash_slots *t, uint64_t hash, uint32_t number);
void hash_slots_free(struct hash_slots *t);

#endif

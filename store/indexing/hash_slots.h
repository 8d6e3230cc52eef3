/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers found again by a hash of what they stand for; what that is, only the caller knows and compares.
 *
 * There is a number for each name of a large image, so what counts is memory: a slot has 8 bytes, and the
 * table is in parts that grow apart from each other, by a quarter, so that there are never twice as many
 * slots as numbers, nor an old and a new table at once. Part and place follow from the hash, which for what
 * an image chooses must have a seed that the image cannot know.
 */
#ifndef MICA_INDEXING_HASH_SLOTS_H
#define MICA_INDEXING_HASH_SLOTS_H

#include <stdint.h>

#define HASH_SLOTS_PARTS 32u

struct hash_part {
    struct hash_slot *slots;
    uint32_t used, size;
};

/* All zeros: empty. */
struct hash_slots {
    struct hash_part parts[HASH_SLOTS_PARTS];
};

/* A search for the numbers that were added with a hash. */
struct hash_probe {
    const struct hash_part *part;
    uint32_t hash, at;
};

struct hash_probe hash_slots_probe(const struct hash_slots *t, uint64_t hash);
/* The next number that may be meant; 0 when there are no more. */
uint32_t hash_probe_next(struct hash_probe *p);
/* Adds `number` > 0. */
int hash_slots_add(struct hash_slots *t, uint64_t hash, uint32_t number);
void hash_slots_free(struct hash_slots *t);

#endif

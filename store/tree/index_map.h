/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping under an index: bounds, block checksums, and pages that cannot be read. Private to index*.c. */
#ifndef MICA_TREE_INDEX_MAP_H
#define MICA_TREE_INDEX_MAP_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/index_format.h"

struct index_map {
    const uint8_t *base;
    uint64_t size;
    uint64_t covered;          /* bytes under checksums: all before the table of sums */
    const uint8_t *sums;       /* the table, little-endian; NULL while the header is being checked */
    _Atomic uint64_t *checked; /* a bit a block: its checksum was right */
    _Atomic uint64_t
        *mapped; /* a bit a block: looked at since pages were last given back (behind `checked`) */
    _Atomic uint64_t *n_mapped; /* how many; behind `mapped` */
    int slot;                   /* in the guard's table, -1 when it was full */
};

int index_map_open(struct index_map *m, int fd, uint64_t size);
void index_map_close(struct index_map *m);
/* From here on, bytes are given out only from blocks whose checksum is right. -ENOMEM. */
int index_map_set_sums(struct index_map *m, uint64_t covered);

/* `len` bytes at `offset`, or NULL when they are not all inside, or damaged. Thread-safe. */
const void *index_map_at(const struct index_map *m, uint64_t offset, uint64_t len);

/* Gives back the pages of the mapping: they stay in the kernel's cache, and come back when they are looked
 * at. Thread-safe. */
void index_map_rest(const struct index_map *m);

#endif

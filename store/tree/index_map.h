/* SPDX-License-Identifier: Apache-2.0 */
/* The mapping of an index: bounds, block checksums, and unreadable pages. Private to index*.c. */
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
    _Atomic uint64_t *checked; /* one bit per block: its checksum was verified */
    _Atomic uint64_t
        *mapped; /* one bit per block: accessed since the last release of pages (stored after `checked`) */
    _Atomic uint64_t *n_mapped; /* number of set bits in `mapped`; stored after it */
    int slot;                   /* in the guard's table, -1 if the table was full */
};

int index_map_open(struct index_map *m, int fd, uint64_t size);
void index_map_close(struct index_map *m);
/* Enables checksums: from now on, index_map_at returns bytes only of verified blocks. -ENOMEM. */
int index_map_set_sums(struct index_map *m, uint64_t covered);

/* Returns the `len` bytes at `offset`, or NULL if they are not all inside or are damaged. Thread-safe. */
const void *index_map_at(const struct index_map *m, uint64_t offset, uint64_t len);

/* Releases the resident pages of the mapping; they stay in the page cache. Thread-safe. */
void index_map_rest(const struct index_map *m);

#endif

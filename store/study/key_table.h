/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers keys 0, 1, 2, ... in order of their arrival. */
#ifndef MICA_STUDY_KEY_TABLE_H
#define MICA_STUDY_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct key_table {
    uint64_t *keys;  /* by number */
    uint32_t *slots; /* number + 1, or 0 for none; the count is a power of two */
    size_t n, n_slots;
};

/* Returns the number of `key` in *ret. 1: a new key; 0: a known one; -ENOMEM. */
int key_table_add(struct key_table *t, uint64_t key, size_t *ret);
/* Returns the number of a known key in *ret. -ENOENT. */
int key_table_find(const struct key_table *t, uint64_t key, size_t *ret);
void key_table_free(struct key_table *t);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers 0, 1, 2, ... for keys, in the order in which the keys come. */
#ifndef MICA_STUDY_KEY_TABLE_H
#define MICA_STUDY_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct key_table {
    uint64_t *keys;  /* by number */
    uint32_t *slots; /* number + 1, 0 for none; a power of two of them */
    size_t n, n_slots;
};

/* The number of `key`. 1: it is a new one; 0: it had one; -ENOMEM. */
int key_table_add(struct key_table *t, uint64_t key, size_t *ret);
/* -ENOENT. */
int key_table_find(const struct key_table *t, uint64_t key, size_t *ret);
void key_table_free(struct key_table *t);

#endif

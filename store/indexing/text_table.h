/* SPDX-License-Identifier: Apache-2.0 */
/* A table of unique byte strings: equal bytes always give the same offset. Used for an index's texts and
 * sets of attributes. An image chooses the strings, so the hash has a random seed to make their slots
 * unpredictable. Offsets do not depend on it. */
#ifndef MICA_INDEXING_TEXT_TABLE_H
#define MICA_INDEXING_TEXT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "indexing/hash_slots.h"
#include "os/file_buf.h"

struct text_table {
    struct file_buf bytes;   /* all strings, concatenated */
    struct file_buf starts;  /* uint32_t: start of each, in order */
    struct hash_slots slots; /* of numbers of strings, from 1 */
    uint64_t seed;
    bool seeded, sealed;
};

/* Initialises an empty table; `dir` as in file_buf. */
#define TEXT_TABLE_INIT(dir)                                                                                 \
    {                                                                                                        \
        .bytes = FILE_BUF_INIT(dir), .starts = FILE_BUF_INIT(dir)                                            \
    }

/* Adds `len` > 0 bytes; *ret is their offset in `bytes`. -EFBIG beyond 4 GiB in total. */
int text_table_add(struct text_table *t, const void *data, size_t len, uint64_t *ret);
/* Finds the offset of the bytes, without adding them. -ENOENT. */
int text_table_find(struct text_table *t, const void *data, size_t len, uint64_t *ret);
/* Frees all but the strings: adding and finding then give -EINVAL. */
void text_table_seal(struct text_table *t);
void text_table_free(struct text_table *t);

#endif

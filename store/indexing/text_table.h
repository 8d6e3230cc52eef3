/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings kept once: the same bytes always give the same offset. Used for an index's texts and sets of
 * attributes. The strings are an image's, so that where one stands in the hash table must not be foreseeable:
 * the hash has a random seed. Offsets do not depend on it. */
#ifndef MICA_INDEXING_TEXT_TABLE_H
#define MICA_INDEXING_TEXT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "indexing/hash_slots.h"
#include "os/file_buf.h"

struct text_table {
    struct file_buf bytes;   /* all strings, one after the other */
    struct file_buf starts;  /* uint32_t: where each begins, in order */
    struct hash_slots slots; /* of numbers of strings, from 1 */
    uint64_t seed;
    bool seeded, sealed;
};

/* An empty table; `dir` as in file_buf. */
#define TEXT_TABLE_INIT(dir)                                                                                 \
    {                                                                                                        \
        .bytes = FILE_BUF_INIT(dir), .starts = FILE_BUF_INIT(dir)                                            \
    }

/* Adds `len` > 0 bytes; *ret is where they stand in `bytes`. -EFBIG beyond 4 GiB of them. */
int text_table_add(struct text_table *t, const void *data, size_t len, uint64_t *ret);
/* Where the bytes stand, without adding them. -ENOENT. */
int text_table_find(struct text_table *t, const void *data, size_t len, uint64_t *ret);
/* Frees all but the strings: none is added or looked for any more (-EINVAL). */
void text_table_seal(struct text_table *t);
void text_table_free(struct text_table *t);

#endif

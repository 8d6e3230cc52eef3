/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings kept once: the same bytes always give the same offset. Used for an index's texts and sets of
 * attributes. The strings are an image's, so that where one stands in the hash table must not be foreseeable:
 * the hash has a random seed. Offsets do not depend on it. */
#ifndef MICA_TREE_TEXT_TABLE_H
#define MICA_TREE_TEXT_TABLE_H

#include <stdint.h>

#include "os/file_buf.h"

struct text_table {
    struct file_buf bytes; /* all strings, one after the other */
    struct text_slot *slots;
    uint64_t used, size; /* of slots; size is a power of two */
    uint64_t seed;
};

/* An empty table; `dirfd` as in file_buf. */
#define TEXT_TABLE_INIT(dirfd)                                                                               \
    {                                                                                                        \
        FILE_BUF_INIT(dirfd), NULL, 0, 0, 0                                                                  \
    }

/* Adds `len` > 0 bytes; *ret is where they stand in `bytes`. -EFBIG beyond 4 GiB of them. */
int text_table_add(struct text_table *t, const void *data, size_t len, uint64_t *ret);
/* Where the bytes stand, without adding them. -ENOENT. */
int text_table_find(const struct text_table *t, const void *data, size_t len, uint64_t *ret);
void text_table_free(struct text_table *t);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Byte strings kept once: the same bytes always give the same offset. (Two strings of which one begins the
 * other may share an offset: offset and length together tell them apart.) Used for an index's texts and sets
 * of attributes. */
#ifndef MICA_TREE_TEXT_TABLE_H
#define MICA_TREE_TEXT_TABLE_H

#include <stdint.h>

#include "os/file_buf.h"

struct text_table {
    struct file_buf bytes; /* all strings, one after the other */
    struct text_slot *slots;
    uint64_t used, size; /* of slots; size is a power of two */
};

/* An empty table; `dirfd` as in file_buf. */
#define TEXT_TABLE_INIT(dirfd)                                                                               \
    {                                                                                                        \
        FILE_BUF_INIT(dirfd), NULL, 0, 0                                                                     \
    }

/* Adds `len` > 0 bytes; *ret is where they stand in `bytes`. -EFBIG beyond 4 GiB of them. */
int text_table_add(struct text_table *t, const void *data, size_t len, uint64_t *ret);
void text_table_free(struct text_table *t);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/text_table.h"

#include <errno.h>
#include <sys/random.h>
#include <xxhash.h>

/* Gets the start of a string and of the next one. */
static void bounds_of(struct text_table *t, uint32_t number, uint64_t *ret_start, uint64_t *ret_end)
{
    uint64_t n = t->starts.len / sizeof(uint32_t);
    uint32_t starts[2];

    *ret_start = *ret_end = t->bytes.len;
    if (number > n)
        return;
    file_buf_copy(&t->starts, (number - 1ull) * sizeof(uint32_t), starts,
                  (number < n ? 2 : 1) * sizeof(uint32_t));
    *ret_start = starts[0];
    if (number < n)
        *ret_end = starts[1];
}

/* Finds the offset of the string among those with its hash. */
static int find(struct text_table *t, const void *data, size_t len, uint64_t hash, uint64_t *ret)
{
    struct hash_probe p = hash_slots_probe(&t->slots, hash);
    uint64_t start, end;
    uint32_t number;

    while ((number = hash_probe_next(&p)) > 0) {
        bounds_of(t, number, &start, &end);
        if (end - start == len && file_buf_equals(&t->bytes, start, data, len)) {
            *ret = start;
            return 0;
        }
    }
    return -ENOENT;
}

/* Appends a string. Without memory for the bytes its number stays with length 0, which no lookup matches. */
static int append(struct text_table *t, const void *data, size_t len, uint64_t hash, uint64_t *ret)
{
    uint64_t at = t->bytes.len;
    uint32_t start = (uint32_t)at;
    int r;

    if (at > UINT32_MAX || len > UINT32_MAX - at)
        return -EFBIG;
    r = hash_slots_add(&t->slots, hash, (uint32_t)(t->starts.len / sizeof(start) + 1));
    if (r == 0)
        r = file_buf_append(&t->starts, &start, sizeof(start));
    if (r == 0)
        r = file_buf_append(&t->bytes, data, len);
    *ret = at;
    return r;
}

int text_table_add(struct text_table *t, const void *data, size_t len, uint64_t *ret)
{
    uint64_t hash;
    int r;

    if (len == 0 || t->sealed)
        return -EINVAL;
    if (!t->seeded && getrandom(&t->seed, sizeof(t->seed), 0) != sizeof(t->seed))
        return -EIO;
    t->seeded = true;
    hash = XXH3_64bits_withSeed(data, len, t->seed);
    r = find(t, data, len, hash, ret);
    return r == -ENOENT ? append(t, data, len, hash, ret) : r;
}

int text_table_find(struct text_table *t, const void *data, size_t len, uint64_t *ret)
{
    if (t->sealed)
        return -EINVAL;
    if (!t->seeded || len == 0)
        return -ENOENT;
    return find(t, data, len, XXH3_64bits_withSeed(data, len, t->seed), ret);
}

void text_table_seal(struct text_table *t)
{
    file_buf_free(&t->starts);
    hash_slots_free(&t->slots);
    t->sealed = true;
}

void text_table_free(struct text_table *t)
{
    file_buf_free(&t->bytes);
    text_table_seal(t);
}

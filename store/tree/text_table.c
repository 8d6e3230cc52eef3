/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/text_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

/* Small, for there is one for each name of a large image. Length 0 is an empty slot. */
struct text_slot {
    uint32_t hash;
    uint32_t offset, len;
};

static uint32_t hash_of(const struct text_table *t, const void *data, size_t len)
{
    return (uint32_t)XXH3_64bits_withSeed(data, len, t->seed);
}

static struct text_slot *find_slot(const struct text_table *t, const void *data, size_t len, uint32_t hash)
{
    for (uint64_t i = hash;; i++) {
        struct text_slot *s = &t->slots[i & (t->size - 1)];

        if (s->len == 0 ||
            (s->hash == hash && s->len == len && memcmp(t->bytes.data + s->offset, data, len) == 0))
            return s;
    }
}

static int grow(struct text_table *t)
{
    uint64_t size = t->size ? t->size * 2 : 256;
    struct text_slot *slots = calloc(size, sizeof(*slots));

    if (!slots)
        return -ENOMEM;
    if (t->size == 0 && getrandom(&t->seed, sizeof(t->seed), 0) != sizeof(t->seed)) {
        free(slots);
        return -EIO;
    }
    for (uint64_t i = 0; i < t->size; i++) {
        uint64_t at = t->slots[i].hash;

        if (t->slots[i].len == 0)
            continue;
        while (slots[at & (size - 1)].len)
            at++;
        slots[at & (size - 1)] = t->slots[i];
    }
    free(t->slots);
    t->slots = slots;
    t->size = size;
    return 0;
}

int text_table_add(struct text_table *t, const void *data, size_t len, uint64_t *ret)
{
    struct text_slot *s;
    uint32_t hash;
    int r = 0;

    if (len == 0)
        return -EINVAL;
    if (t->used >= t->size / 4 * 3)
        r = grow(t);
    if (r < 0)
        return r;
    hash = hash_of(t, data, len);
    s = find_slot(t, data, len, hash);
    if (s->len == 0) {
        uint64_t at = t->bytes.len;

        if (at > UINT32_MAX || len > UINT32_MAX - at)
            return -EFBIG;
        r = file_buf_append(&t->bytes, data, len);
        if (r < 0)
            return r;
        *s = (struct text_slot){hash, (uint32_t)at, (uint32_t)len};
        t->used++;
    }
    *ret = s->offset;
    return 0;
}

int text_table_find(const struct text_table *t, const void *data, size_t len, uint64_t *ret)
{
    const struct text_slot *s;

    if (t->size == 0 || len == 0)
        return -ENOENT;
    s = find_slot(t, data, len, hash_of(t, data, len));
    if (s->len == 0)
        return -ENOENT;
    *ret = s->offset;
    return 0;
}

void text_table_free(struct text_table *t)
{
    file_buf_free(&t->bytes);
    free(t->slots);
    t->slots = NULL;
    t->used = t->size = 0;
}

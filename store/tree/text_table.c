/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/text_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Small, for there is one for each name of a large image. Place 0 is an empty slot. */
struct text_slot {
    uint32_t hash;
    uint32_t place; /* offset + 1 */
};

static bool is_at(const struct text_table *t, uint64_t offset, const void *data, size_t len)
{
    return len <= t->bytes.len - offset && memcmp(t->bytes.data + offset, data, len) == 0;
}

static struct text_slot *find_slot(const struct text_table *t, const void *data, size_t len, uint32_t hash)
{
    for (uint64_t i = hash;; i++) {
        struct text_slot *s = &t->slots[i & (t->size - 1)];

        if (s->place == 0 || (s->hash == hash && is_at(t, s->place - 1, data, len)))
            return s;
    }
}

static int grow(struct text_table *t)
{
    struct text_table bigger = {.bytes = t->bytes, .size = t->size ? t->size * 2 : 256};

    bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
    if (!bigger.slots)
        return -ENOMEM;
    for (uint64_t i = 0; i < t->size; i++) {
        const struct text_slot *s = &t->slots[i];

        uint64_t at = s->hash;

        while (s->place && bigger.slots[at & (bigger.size - 1)].place)
            at++;
        if (s->place)
            bigger.slots[at & (bigger.size - 1)] = *s;
    }
    free(t->slots);
    t->slots = bigger.slots;
    t->size = bigger.size;
    return 0;
}

int text_table_add(struct text_table *t, const void *data, size_t len, uint64_t *ret)
{
    uint32_t hash = (uint32_t)XXH3_64bits(data, len);
    struct text_slot *s;
    int r;

    if (len == 0)
        return -EINVAL;
    if (t->used >= t->size / 4 * 3) {
        r = grow(t);
        if (r < 0)
            return r;
    }
    s = find_slot(t, data, len, hash);
    if (s->place == 0) {
        uint64_t at = t->bytes.len;

        if (at >= UINT32_MAX || len > UINT32_MAX - at)
            return -EFBIG;
        r = file_buf_append(&t->bytes, data, len);
        if (r < 0)
            return r;
        *s = (struct text_slot){hash, (uint32_t)at + 1};
        t->used++;
    }
    *ret = s->place - 1;
    return 0;
}

void text_table_free(struct text_table *t)
{
    file_buf_free(&t->bytes);
    free(t->slots);
    t->slots = NULL;
    t->used = t->size = 0;
}

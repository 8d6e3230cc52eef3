/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/text_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* The low half of the hash beside the place saves most comparisons; len 0 is an empty slot. */
struct text_slot {
    uint64_t offset;
    uint32_t len;
    uint32_t hash;
};

static struct text_slot *find_slot(const struct text_table *t, const void *data, size_t len, uint64_t hash)
{
    for (uint64_t i = hash;; i++) {
        struct text_slot *s = &t->slots[i & (t->size - 1)];

        if (s->len == 0 || (s->hash == (uint32_t)hash && s->len == len &&
                            memcmp(t->bytes.data + s->offset, data, len) == 0))
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

        if (s->len) {
            const char *text = t->bytes.data + s->offset;

            *find_slot(&bigger, text, s->len, XXH3_64bits(text, s->len)) = *s;
        }
    }
    free(t->slots);
    t->slots = bigger.slots;
    t->size = bigger.size;
    return 0;
}

int text_table_add(struct text_table *t, const void *data, size_t len, uint64_t *ret)
{
    uint64_t hash = XXH3_64bits(data, len);
    struct text_slot *s;
    int r;

    if (len == 0 || len > UINT32_MAX)
        return -EINVAL;
    if (t->used >= t->size / 4 * 3) {
        r = grow(t);
        if (r < 0)
            return r;
    }
    s = find_slot(t, data, len, hash);
    if (s->len == 0) {
        uint64_t at = t->bytes.len;

        r = buf_append(&t->bytes, data, len);
        if (r < 0)
            return r;
        *s = (struct text_slot){at, (uint32_t)len, (uint32_t)hash};
        t->used++;
    }
    *ret = s->offset;
    return 0;
}

void text_table_free(struct text_table *t)
{
    buf_free(&t->bytes);
    free(t->slots);
    *t = (struct text_table){0};
}

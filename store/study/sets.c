/* SPDX-License-Identifier: Apache-2.0 */
#include "study/sets.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

/* A set, and the next one of the same hash; UINT32_MAX for none. */
struct study_set {
    const struct index *ix;
    struct index_inode in; /* an inode that has it */
    uint32_t next;
};

#define NO_SET UINT32_MAX

void study_sets_free(struct study_sets *s)
{
    key_table_free(&s->places);
    key_table_free(&s->hashes);
    buf_free(&s->indexes);
    buf_free(&s->ids);
    buf_free(&s->firsts);
    buf_free(&s->sets);
}

static bool same_attribute(const struct index_xattr *a, const struct index_xattr *b)
{
    return a->name_len == b->name_len && a->value_len == b->value_len &&
           memcmp(a->name, b->name, a->name_len) == 0 && memcmp(a->value, b->value, a->value_len) == 0;
}

/* Sets are sorted by name, so equal sets are equal element by element. */
int study_sets_equal(const struct index *ai, const struct index_inode *a, const struct index *bi,
                     const struct index_inode *b, uint64_t max)
{
    uint64_t ac = 0, bc = 0, equal = 0;

    for (;;) {
        struct index_xattr ax, bx;
        int r = a->xattrs ? index_xattr_next(ai, a, &ac, &ax) : 0;
        int s = r < 0 ? r : b->xattrs ? index_xattr_next(bi, b, &bc, &bx) : 0;

        if (s < 0)
            return s;
        if (r != s || r == 0)
            return r == s;
        if (ax.value_len == bx.value_len && ax.value_len > max - equal)
            return -EAGAIN;
        if (!same_attribute(&ax, &bx))
            return 0;
        equal += ax.name_len + ax.value_len;
        if (equal > max)
            return -EAGAIN;
    }
}

static int hash_set(const struct study_sets *s, const struct index *ix, const struct index_inode *in,
                    uint64_t *ret)
{
    uint64_t cursor = 0, hash = s->seed;
    struct index_xattr x;
    int r;

    while ((r = index_xattr_next(ix, in, &cursor, &x)) > 0) {
        hash = XXH3_64bits_withSeed(x.name, x.name_len, hash);
        hash = XXH3_64bits_withSeed(x.value, x.value_len, hash);
    }
    *ret = hash;
    return r;
}

static int index_place(struct study_sets *s, const struct index *ix, uint64_t *ret)
{
    const struct index **all = (const struct index **)(void *)s->indexes.data;
    size_t n = s->indexes.len / sizeof(struct index *);

    for (size_t i = 0; i < n; i++) {
        if (all[i] == ix) {
            *ret = i;
            return 0;
        }
    }
    *ret = n;
    return buf_append(&s->indexes, &ix, sizeof(struct index *));
}

/* Finds the set among those of its hash, or adds it. */
static int number_set(struct study_sets *s, const struct index *ix, const struct index_inode *in,
                      uint32_t *ret)
{
    uint32_t n = (uint32_t)(s->sets.len / sizeof(struct study_set)), *first;
    struct study_set fresh = {ix, *in, NO_SET};
    uint64_t hash;
    size_t at;
    int r = hash_set(s, ix, in, &hash);

    if (r == 0)
        r = key_table_add(&s->hashes, hash, &at);
    if (r > 0)
        r = buf_append(&s->firsts, &(uint32_t){NO_SET}, sizeof(uint32_t));
    if (r < 0)
        return r;
    first = &((uint32_t *)(void *)s->firsts.data)[at];
    for (uint32_t i = *first; i != NO_SET;) {
        const struct study_set *other = &((const struct study_set *)(const void *)s->sets.data)[i];

        r = study_sets_equal(ix, in, other->ix, &other->in, UINT64_MAX);
        if (r)
            *ret = i;
        if (r)
            return r < 0 ? r : 0;
        i = other->next;
    }
    fresh.next = *first;
    r = buf_append(&s->sets, &fresh, sizeof fresh);
    if (r == 0)
        *ret = *first = n;
    return r;
}

int study_sets_number(struct study_sets *s, const struct index *ix, const struct index_inode *in,
                      uint32_t *ret)
{
    uint64_t place;
    uint32_t id;
    size_t at;
    int r = 0;

    if (!s->seed && getrandom(&s->seed, sizeof s->seed, 0) < 0)
        return -errno;
    r = index_place(s, ix, &place);
    if (r < 0)
        return r;
    /* An index is shorter than 2^48 bytes: it is mapped. */
    r = key_table_find(&s->places, place << 48 | in->xattrs, &at);
    if (r == 0) {
        *ret = ((const uint32_t *)(const void *)s->ids.data)[at];
        return 0;
    }
    r = number_set(s, ix, in, &id);
    if (r == 0)
        r = buf_append(&s->ids, &id, sizeof id);
    if (r == 0)
        r = key_table_add(&s->places, place << 48 | in->xattrs, &at);
    if (r < 0)
        return r;
    *ret = id;
    return 0;
}

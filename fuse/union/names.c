/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table with open addressing, and an array of all names in the order of their numbers. A removed name
 * leaves a gap in the array. Gaps at the beginning are skipped at once, for programs that repeatedly find the
 * first name and remove it; the array is compacted when it is mostly gaps.
 */
#include "union/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define MIN_SLOTS 16

struct place {
    uint64_t number;
    struct name *name; /* NULL: a gap */
};

struct names {
    struct name **slots; /* at most 3/4 full */
    size_t n_slots;      /* a power of two */
    size_t used;
    struct place *order;
    size_t n_order, max_order;
    size_t first; /* index of the first name: only gaps precede it */
    uint64_t last, listed;
};

struct names *names_new(void)
{
    return calloc(1, sizeof(struct names));
}

void names_free(struct names *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n_order; i++)
        free(n->order[i].name);
    free(n->order);
    free(n->slots);
    free(n);
}

static uint32_t hash_of(const char *text)
{
    return (uint32_t)XXH3_64bits(text, strlen(text));
}

static void put(struct name **slots, size_t n_slots, struct name *name)
{
    size_t i = name->hash & (n_slots - 1);

    while (slots[i])
        i = (i + 1) & (n_slots - 1);
    slots[i] = name;
}

static int grow_slots(struct names *n)
{
    size_t wanted = n->n_slots ? n->n_slots * 2 : MIN_SLOTS;
    struct name **slots;

    if (n->n_slots && (n->used + 1) * 4 <= n->n_slots * 3)
        return 0;
    slots = calloc(wanted, sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    for (size_t i = 0; i < n->n_slots; i++)
        if (n->slots[i])
            put(slots, wanted, n->slots[i]);
    free(n->slots);
    n->slots = slots;
    n->n_slots = wanted;
    return 0;
}

static void close_gaps(struct names *n)
{
    size_t kept = 0;

    for (size_t i = n->first; i < n->n_order; i++)
        if (n->order[i].name)
            n->order[kept++] = n->order[i];
    n->n_order = kept;
    n->first = 0;
}

static int grow_order(struct names *n)
{
    size_t wanted = n->max_order ? n->max_order * 2 : MIN_SLOTS;
    struct place *order;

    if (n->n_order < n->max_order)
        return 0;
    order = reallocarray(n->order, wanted, sizeof(*order));
    if (!order)
        return -ENOMEM;
    n->order = order;
    n->max_order = wanted;
    return 0;
}

static void number_anew(struct names *n)
{
    close_gaps(n);
    for (size_t i = 0; i < n->n_order; i++)
        n->order[i].number = n->order[i].name->number = i + 1;
    n->last = n->listed = n->n_order;
}

int names_reserve(struct names *n)
{
    int r = grow_slots(n);

    if (r == 0)
        r = grow_order(n);
    if (r == 0 && n->last == NAMES_NUMBER_MAX)
        number_anew(n);
    return r == 0 && n->last == NAMES_NUMBER_MAX ? -ENOMEM : r;
}

struct name *names_find(const struct names *n, const char *text)
{
    uint32_t hash = hash_of(text);

    if (n->n_slots == 0)
        return NULL;
    for (size_t i = hash & (n->n_slots - 1); n->slots[i]; i = (i + 1) & (n->n_slots - 1))
        if (n->slots[i]->hash == hash && strcmp(n->slots[i]->text, text) == 0)
            return n->slots[i];
    return NULL;
}

struct name *names_add(struct names *n, const char *text)
{
    struct name *name = names_find(n, text);
    size_t len = strlen(text);

    if (name)
        return name;
    if (names_reserve(n) < 0 || !(name = malloc(sizeof(*name) + len + 1)))
        return NULL;
    *name = (struct name){.number = ++n->last, .hash = hash_of(text), .len = (uint8_t)len};
    memcpy(name->text, text, len + 1);
    put(n->slots, n->n_slots, name);
    n->used++;
    n->order[n->n_order++] = (struct place){name->number, name};
    return name;
}

/* Find the index of the first number that is `number` or higher. */
static size_t order_from(const struct names *n, uint64_t number)
{
    size_t low = n->first, high = n->n_order;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (n->order[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Empty a slot, and move later names of its probe sequence up. */
static void empty_slot(struct names *n, const struct name *name)
{
    size_t mask = n->n_slots - 1, hole = name->hash & mask;

    while (n->slots[hole] != name)
        hole = (hole + 1) & mask;
    for (size_t i = (hole + 1) & mask; n->slots[i]; i = (i + 1) & mask) {
        size_t home = n->slots[i]->hash & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            n->slots[hole] = n->slots[i];
            hole = i;
        }
    }
    n->slots[hole] = NULL;
}

void names_remove(struct names *n, struct name *name)
{
    n->order[order_from(n, name->number)].name = NULL;
    empty_slot(n, name);
    n->used--;
    free(name);
    if (n->n_order > MIN_SLOTS && n->used < n->n_order / 2)
        close_gaps(n);
    while (n->first < n->n_order && !n->order[n->first].name)
        n->first++;
}

struct name *names_from(const struct names *n, uint64_t number)
{
    for (size_t i = order_from(n, number); i < n->n_order; i++)
        if (n->order[i].name)
            return n->order[i].name;
    return NULL;
}

void names_begin_listing(struct names *n)
{
    n->listed = n->last;
}

uint64_t names_listed(const struct names *n)
{
    return n->listed;
}

size_t names_count(const struct names *n)
{
    size_t shown = 0;

    for (size_t i = 0; i < n->n_order; i++)
        shown += n->order[i].name && !n->order[i].name->whiteout;
    return shown;
}

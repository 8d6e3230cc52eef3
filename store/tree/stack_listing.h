/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a merged directory, sorted by bytes, in two blocks of memory. Constant once made. */
#ifndef MICA_TREE_STACK_LISTING_H
#define MICA_TREE_STACK_LISTING_H

#include "tree/stack_place.h"

struct listing_item {
    uint64_t ino;    /* as stack_ino */
    uint32_t offset; /* of the name in `names`, where it ends with a NUL */
    uint16_t place;  /* the topmost of the directory's places that has it */
    uint8_t len;
    uint8_t type; /* DT_*, never DT_UNKNOWN */
};

struct listing {
    size_t n;
    int64_t made; /* milliseconds of CLOCK_MONOTONIC_COARSE, when reading began */
    struct listing_item *items;
    char *names;
};

/* Reads and merges the directories `places`, topmost first. */
int listing_make(struct stack_layers *l, struct place *const *places, unsigned n, struct listing **ret);
void listing_free(struct listing *list);

/* The item of a name, NULL when it is not there. */
const struct listing_item *listing_find(const struct listing *list, const char *name, size_t len);

/* Now, as `made`. */
int64_t listing_clock(void);

#endif

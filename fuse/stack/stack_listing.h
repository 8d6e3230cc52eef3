/* SPDX-License-Identifier: Apache-2.0 */
/* Names of a merged directory, sorted by bytes, in two blocks of memory. Immutable and reference-counted: an
 * open listing keeps its names. */
#ifndef MICA_STACK_STACK_LISTING_H
#define MICA_STACK_STACK_LISTING_H

#include <sys/stat.h>

#include "stack/stack_place.h"
#include "tree/tree.h"

struct listing_item {
    uint64_t ino;    /* as stack_ino */
    uint32_t offset; /* of the name in `names`, where it ends with a NUL */
    uint16_t place;  /* the topmost of the directory's places that has it */
    uint8_t len;
    uint8_t type; /* DT_*, never DT_UNKNOWN */
};

/* State of a directory before it was read. */
struct listing_stamp {
    dev_t dev;
    ino_t ino; /* 0: it was missing */
    struct timespec mtime, ctime;
};

struct listing {
    atomic_uint refs;
    size_t n;
    _Atomic int64_t right;        /* as listing_clock: when it was last known to equal the layers */
    bool settled;                 /* the stamps show every later change */
    struct listing_stamp *stamps; /* one per place */
    struct listing_item *items;
    char *names;
};

/* Read and merge the directories `places`, topmost first; a reference. */
int listing_make(struct stack_layers *l, struct place *const *places, unsigned n, struct listing **ret);
struct listing *listing_ref(struct listing *list);
void listing_unref(struct listing *list); /* NULL-safe */

/* Is the directory unchanged? `st` has st_ino 0 if it is missing. */
bool listing_stamp_is(const struct listing_stamp *stamp, const struct stat *st);

/* Find an item by name, or NULL. */
const struct listing_item *listing_find(const struct listing *list, const char *name, size_t len);

/* The item at `position` as tree.h's entry; 0 after the last. */
int listing_entry(const struct listing *list, uint64_t position, struct tree_entry *ret, char scratch[256]);

/* Now, in milliseconds of CLOCK_MONOTONIC_COARSE. */
int64_t listing_clock(void);

#endif

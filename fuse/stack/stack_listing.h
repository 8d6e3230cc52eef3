/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a merged directory, sorted by bytes, in two blocks of memory. Constant once made, and shared
 * by counting: who lists a directory keeps its names as they were. */
#ifndef MICA_STACK_STACK_LISTING_H
#define MICA_STACK_STACK_LISTING_H

#include <sys/stat.h>

#include "stack/stack_place.h"

struct listing_item {
    uint64_t ino;    /* as stack_ino */
    uint32_t offset; /* of the name in `names`, where it ends with a NUL */
    uint16_t place;  /* the topmost of the directory's places that has it */
    uint8_t len;
    uint8_t type; /* DT_*, never DT_UNKNOWN */
};

/* A directory as it was before it was read. */
struct listing_stamp {
    dev_t dev;
    ino_t ino; /* 0: it had gone */
    struct timespec mtime, ctime;
};

struct listing {
    atomic_uint refs;
    size_t n;
    _Atomic int64_t right;        /* as listing_clock: when it was last known to be what the layers have */
    bool settled;                 /* the stamps tell every change since */
    struct listing_stamp *stamps; /* of each place */
    struct listing_item *items;
    char *names;
};

/* Reads and merges the directories `places`, topmost first; a reference. */
int listing_make(struct stack_layers *l, struct place *const *places, unsigned n, struct listing **ret);
struct listing *listing_ref(struct listing *list);
void listing_unref(struct listing *list); /* NULL is fine */

/* Is the directory, of which `st` has no more than an st_ino of 0 if it has gone, as it was then? */
bool listing_stamp_is(const struct listing_stamp *stamp, const struct stat *st);

/* The item of a name, NULL when it is not there. */
const struct listing_item *listing_find(const struct listing *list, const char *name, size_t len);

/* Now, in milliseconds of CLOCK_MONOTONIC_COARSE. */
int64_t listing_clock(void);

#endif

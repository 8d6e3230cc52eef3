/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listing of a merged directory that is kept, and how long it is believed.
 *
 * A change of the names in a directory is a change of its times, so that one fstat(2) for each layer tells
 * whether a listing is still right. They do not tell where a change came in the same tick of the clock as the
 * reading, or what a stacked or remote file system shows, or what depends on attributes of the names: such a
 * listing is read again once the timeout is over. Whoever lists keeps the listing that it began with.
 */
#ifndef MICA_STACK_STACK_FRESH_H
#define MICA_STACK_STACK_FRESH_H

#include <pthread.h>

#include "stack/stack_listing.h"

/* From here on what was seen holds for good, and nothing is looked at again. */
#define STACK_FOR_GOOD 86400

struct listing_slot {
    pthread_mutex_t loading; /* held while the directory is looked at */
    pthread_mutex_t lock;    /* of the pointer; taken last, and never over a system call */
    struct listing *list;    /* NULL until somebody reads the directory; a reference */
};

int listing_slot_init(struct listing_slot *s);
void listing_slot_clear(struct listing_slot *s);

/* The listing if it was right less than `timeout` seconds ago, else NULL; a reference. */
struct listing *listing_recent(struct listing_slot *s, double timeout);
/* The listing of the directories `places`, as it is now where a listing `begins`, else the last one; a
 * reference. */
int listing_take(struct stack_layers *l, struct listing_slot *s, struct place *const *places, unsigned n,
                 bool begins, double timeout, struct listing **ret);

#endif

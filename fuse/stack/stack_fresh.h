/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cached listing of a merged directory, and its validity.
 *
 * A change of names changes the directory's times, so that one fstat(2) per layer validates a listing. Times
 * do not show a change in the same clock tick as the reading, changes in stacked or remote file systems, or
 * changes of attributes of the names: such a listing is read again after the timeout. An open listing keeps
 * the one that it began with. The timeout is in seconds; INFINITY: a listing is never checked again.
 */
#ifndef MICA_STACK_STACK_FRESH_H
#define MICA_STACK_STACK_FRESH_H

#include <math.h>
#include <pthread.h>

#include "stack/stack_listing.h"

struct listing_slot {
    pthread_mutex_t loading; /* held while the directory is looked at */
    pthread_mutex_t lock;    /* guards the pointer; taken last, never held over a system call */
    struct listing *list;    /* NULL until the directory is first read; a reference */
};

int listing_slot_init(struct listing_slot *s);
void listing_slot_clear(struct listing_slot *s);

/* The listing if it was valid less than `timeout` seconds ago, else NULL; a reference. */
struct listing *listing_recent(struct listing_slot *s, double timeout);
/* Get the layer with which a lookup begins: the name's in a recent listing, else the first. `hint`: the probable
 * position of the name, or any number. -ENOENT if a recent listing lacks the name. */
int listing_recent_place(struct listing_slot *s, double timeout, const char *name, size_t len, uint64_t hint,
                         unsigned *ret);
/* Is it still the slot's listing, and what the directories `places` have? */
bool listing_is_right(struct stack_layers *l, struct listing_slot *s, struct listing *list,
                      struct place *const *places, unsigned n, double timeout);
/* Get the listing of the directories `places`: validated if a listing `begins`, else the last one; a
 * reference. */
int listing_take(struct stack_layers *l, struct listing_slot *s, struct place *const *places, unsigned n,
                 bool begins, double timeout, struct listing **ret);

#endif

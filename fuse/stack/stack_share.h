/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listing of a live directory that the kernel caches (FOPEN_CACHE_DIR).
 *
 * The kernel has one cache per directory. All opens with permission to cache fill it and read it by cookies, which
 * are positions in one of the daemon's listings; entries of two listings in one cache would lose names and repeat
 * others. So all concurrent opens with that permission read one listing, which is kept here. If the layers have
 * changed meanwhile, a further open reads a listing of its own, until the last of the others is closed; then the
 * kernel's cache is dropped.
 */
#ifndef MICA_STACK_STACK_SHARE_H
#define MICA_STACK_STACK_SHARE_H

#include "stack/stack_fresh.h"
#include "tree/tree.h"

struct listing_share;

struct listing_share *listing_share_new(void);    /* NULL without memory */
void listing_share_free(struct listing_share *s); /* NULL-safe */

/* Open the directory of `slot` and `places`: a reader until listing_share_close, unless TREE_SHARE_NONE. */
enum tree_share listing_share_open(struct stack_layers *l, struct listing_share *s, struct listing_slot *slot,
                                   struct place *const *places, unsigned n, double timeout);
void listing_share_close(struct listing_share *s);

/* For a reader: the listing to read, a reference; NULL: no reader has begun. */
struct listing *listing_share_get(struct listing_share *s);
/* Offer a listing to read, taken over. Returns the one to read, which another reader may have offered first;
 * a reference. */
struct listing *listing_share_set(struct listing_share *s, struct listing *list);

#endif

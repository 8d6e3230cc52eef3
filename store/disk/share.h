/* SPDX-License-Identifier: Apache-2.0 */
/* A store that its owner shares with other users for reading: they may read objects, catalog and format.
 * Branches, leases and transactions stay private. The store's directory has search permission for others
 * as the mark; objects added later are readable too. */
#ifndef MICA_DISK_SHARE_H
#define MICA_DISK_SHARE_H

#include <stdbool.h>

#include "disk/object.h"
#include "os/err.h"

struct share_counts {
    size_t objects;
};
/* Starts or ends sharing. Takes the store's lock. */
int store_share(struct store *s, bool offered, struct share_counts *ret, struct err *err);
bool store_is_shared(const struct store *s);

/* Lets others read the object `name` in `dir`, or ends that. */
int share_object(int dir, const char *name, enum object_kind kind, bool offered);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store that its owner offers to other users for reading: whoever reaches it may read objects, catalog and format.
 * Branches, leases and what is being made stay the owner's. That the store's directory may be searched by others
 * says so; what is put into such a store later can be read as well.
 */
#ifndef MICA_DISK_SHARE_H
#define MICA_DISK_SHARE_H

#include <stdbool.h>

#include "disk/object.h"
#include "os/err.h"

struct share_counts {
    size_t objects;
};
/* Offers it, or takes the offer back. With the store's lock. */
int store_share(struct store *s, bool offered, struct share_counts *ret, struct err *err);
bool store_is_shared(const struct store *s);

/* Lets others read an object that has this name in `dir`, or no longer. */
int share_object(int dir, const char *name, enum object_kind kind, bool offered);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount's hold on what it shows: leases/ID.json, locked (open file description lock) by the daemon for as
 * long as it lives. A lease whose lock is free is dead: it is passed over and removed.
 */
#ifndef MICA_DISK_LEASE_H
#define MICA_DISK_LEASE_H

#include <stddef.h>
#include <stdint.h>

#include "image/digest.h"
#include "os/err.h"

struct store;

struct lease_info {
    char *mountpoint; /* absolute */
    char *image;      /* name, or NULL */
    struct digest manifest, chain_id;
    char *branch;         /* NULL: read-only */
    int64_t pid, started; /* seconds since 1970 */
};
struct lease;

/* The lock goes with the descriptor: one who takes a lease and forks must leave it to the process that serves
 * the mount. Take it before opening what is to be mounted: from then on nothing of that is removed. */
int lease_take(struct store *s, const struct lease_info *info, struct lease **ret, struct err *err);
void lease_drop(struct lease *l); /* removes it; NULL-safe */

struct lease_list {
    struct lease_info *leases; /* sorted by mountpoint */
    size_t n;
};
/* The live ones; dead ones are removed where that is permitted. */
int store_leases(struct store *s, struct lease_list *ret, struct err *err);
void lease_list_free(struct lease_list *l);

#endif

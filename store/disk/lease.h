/* SPDX-License-Identifier: Apache-2.0 */
/* A mount's lease on its image: leases/ID.json, locked (open file description lock) by the daemon until it
 * exits. A lease without a lock is dead: it is ignored and removed. */
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
    char *view;           /* "views", "layer=N", "upto=N" (options of micafs); NULL: the whole image */
    int64_t pid, started; /* seconds since 1970 */
};
struct lease;

/* Takes a lease. The lock goes with the descriptor: after a fork, leave it to the process that serves the
 * mount. Call before opening the image: no object of it is removed from then on. */
int lease_take(struct store *s, const struct lease_info *info, struct lease **ret, struct err *err);
void lease_drop(struct lease *l); /* removes it; NULL-safe */

struct lease_list {
    struct lease_info *leases; /* sorted by mountpoint */
    size_t n;
};
/* Lists the live leases; removes dead ones if permitted. */
int store_leases(struct store *s, struct lease_list *ret, struct err *err);
void lease_list_free(struct lease_list *l);

#endif

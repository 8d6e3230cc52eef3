/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of a store: its leases, matched with this process's mountinfo. */
#ifndef MICA_ACT_MOUNTS_H
#define MICA_ACT_MOUNTS_H

#include "act/mountinfo.h"
#include "disk/store.h"

struct mounts {
    struct mountinfo info;
    struct lease_list leases;
};
/* `s` NULL: no leases. */
int mounts_read(struct store *s, struct mounts *ret, struct err *err);
void mounts_free(struct mounts *m);
/* Find the lease of the topmost mount at `path`, or NULL. */
const struct lease_info *mounts_lease(const struct mounts *m, const char *path);

/* Is this a mount of mica's? Decided by its type, or, if the option subtype= has changed it, by the lease for
 * the FUSE mount at this path. */
bool mounts_is_mica(const struct mounts *m, const struct mount_entry *e);

/* Absolute path of a mountpoint as in mountinfo, in fresh memory. Resolves only the parent of the mountpoint,
 * so that a mount whose daemon has died or hangs does no harm. -ENOENT, -ENOTDIR, ... */
int mountpoint_path(const char *dir, char **ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of a store: its leases, and which of them this process can see in mountinfo. */
#ifndef MICA_ACT_MOUNTS_H
#define MICA_ACT_MOUNTS_H

#include "act/mountinfo.h"
#include "disk/store.h"

struct mounts {
    struct mountinfo info;
    struct lease_list leases;
};
/* `s` may be NULL: then there are no leases. */
int mounts_read(struct store *s, struct mounts *ret, struct err *err);
void mounts_free(struct mounts *m);
/* The lease of the mount at `path` (the newest, where one is mounted on another), or NULL. */
const struct lease_info *mounts_lease(const struct mounts *m, const char *path);

/* Is this a mount of mica's? By its type, or, where the option subtype= has given it another, by the lease of
 * the FUSE mount at this place. */
bool mounts_is_mica(const struct mounts *m, const struct mount_entry *e);

/* The absolute path of a mountpoint as mountinfo writes it, in fresh memory. Only what lies above the
 * mountpoint is looked at, so that it also works for a mount whose daemon has died or hangs. -ENOENT,
 * -ENOTDIR, ... */
int mountpoint_path(const char *dir, char **ret);

#endif

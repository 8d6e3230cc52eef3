/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a mount for `mica mounts`. */
#ifndef MICA_ACT_MOUNT_STATE_H
#define MICA_ACT_MOUNT_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The facts about a mount's lease. */
struct mount_facts {
    bool here;      /* this process sees the mount at the lease's mount point */
    bool container; /* the mount point is below the directory of containers' root directories */
    int same_space; /* the daemon is in this process's mount namespace: 1, 0, or negative if unknown */
};
/* Returns "mounted", "container", "ending" or "elsewhere". Pure. */
const char *mount_state(const struct mount_facts *f);

/* Returns the state of a mount without a lease in the store: "no lease", or "another user's" if `owner`
 * (negative: unknown) is not `self`. Pure. */
const char *mount_state_unleased(int64_t owner, uid_t self);

/* Is process `pid` in this process's mount namespace? Reads /proc: 1, 0 or a negative errno. */
int mount_same_space(int64_t pid);

#endif

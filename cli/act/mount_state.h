/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a mount, as `mica mounts` tells it. */
#ifndef MICA_ACT_MOUNT_STATE_H
#define MICA_ACT_MOUNT_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What is known of a mount's lease. */
struct mount_facts {
    bool here;      /* this process sees the mount at the lease's place */
    bool container; /* the place is below the directory in which containers have their roots */
    int same_space; /* the daemon is in this process's mount namespace: 1, 0, or negative when it is not known */
};
/* "mounted", "container", "ending" or "elsewhere". Pure. */
const char *mount_state(const struct mount_facts *f);

/* The same of a mount that the store has no lease for: "no lease", or "another user's" where `owner`, negative when
 * it is not known, is not `self`. Pure. */
const char *mount_state_unleased(int64_t owner, uid_t self);

/* Looks in /proc whether process `pid` is in this process's mount namespace: 1, 0 or a negative errno. */
int mount_same_space(int64_t pid);

#endif

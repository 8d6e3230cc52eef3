/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unmount by umount2(2) if permitted, else by fusermount3, which may unmount for the user who mounted. It is
 * complete when the mount is gone from mountinfo and the daemon has ended and released its lease.
 */
#ifndef MICA_ACT_UNMOUNT_H
#define MICA_ACT_UNMOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "act/mountinfo.h"
#include "os/err.h"

/* Time limit for a daemon's end. A daemon whose mount exists in another mount namespace does not end. */
#define UNMOUNT_WAIT_SECONDS 10

/* `daemon`: pid of the serving process from its lease, or 0. `lazy` detaches the mount once it is unused, and
 * waits for nothing. */
int unmount(const struct mount_entry *mount, pid_t daemon, bool lazy, struct err *err);

#endif

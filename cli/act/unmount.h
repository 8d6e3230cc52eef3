/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ending a mount: umount2(2) where that is allowed, else fusermount3, which may do it for the user who
 * mounted. It is over when the mount is gone from mountinfo and the daemon has ended, and with it its lease.
 */
#ifndef MICA_ACT_UNMOUNT_H
#define MICA_ACT_UNMOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "act/mountinfo.h"
#include "os/err.h"

/* How long a daemon may take to end. One whose mount is still there in another mount namespace does not end
 * at all. */
#define UNMOUNT_WAIT_SECONDS 10

/* `daemon`: the process that serves it, as its lease says, or 0. With `lazy` the mount goes away as soon as
 * nobody uses it any more, and nothing is waited for. */
int unmount(const struct mount_entry *mount, pid_t daemon, bool lazy, struct err *err);

#endif

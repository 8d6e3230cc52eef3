/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to a mount and effect of its files, decided from the options and the calling user. Pure.
 *
 * An image is not a disk: others made its set-user-ID programs and device nodes, so these have no effect
 * unless asked for. mount(8) passes `nosuid` and `nodev` on but not `suid` and `dev`, and mount.fuse3(8)
 * always adds `suid` and `dev`: neither shows what was asked for. `allow_suid` and `allow_dev` do.
 */
#ifndef MICA_UNION_MOUNT_RIGHTS_H
#define MICA_UNION_MOUNT_RIGHTS_H

#include <stdbool.h>

#include "union/mount_options.h"

/* User who starts the daemon, and the program used. */
struct mount_caller {
    bool root;       /* of its user namespace */
    bool mount8;     /* mount(8), with the daemon as its helper */
    bool mount_fuse; /* mount.fuse3(8) */
};

struct mount_rights {
    bool allow_other;         /* users other than the mounting one may use it */
    bool default_permissions; /* the kernel checks modes and owners */
    bool suid, dev;
};

struct mount_rights mount_options_rights(const struct mount_options *o, const struct mount_caller *who);

#endif

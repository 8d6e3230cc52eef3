/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may use a mount, and what the files in it may do: decided from the options and from who mounts. Pure.
 *
 * An image is not a disk: its set-user-ID programs and device nodes are somebody else's, so they have no
 * effect unless they are asked for. mount(8) passes `nosuid` and `nodev` on and keeps `suid` and `dev` to
 * itself, mount.fuse3(8) adds `suid` and `dev` to whatever it passes on: neither tells what was asked for,
 * and `allow_suid` and `allow_dev` do.
 */
#ifndef MICA_UNION_MOUNT_RIGHTS_H
#define MICA_UNION_MOUNT_RIGHTS_H

#include <stdbool.h>

#include "union/mount_options.h"

/* Who has started the daemon, and how. */
struct mount_caller {
    bool root;       /* of its user namespace */
    bool mount8;     /* mount(8), with the daemon as its helper */
    bool mount_fuse; /* mount.fuse3(8) */
};

struct mount_rights {
    bool allow_other;         /* others than who mounts may use it */
    bool default_permissions; /* the kernel checks modes and owners */
    bool suid, dev;
};

struct mount_rights mount_options_rights(const struct mount_options *o, const struct mount_caller *who);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount(8)'s `-o remount`: changes flags of an existing mount. The kernel does it; the daemon is not
 * involved, and continues.
 *
 * The options give the state afterwards, as mount(8) passes it: read-only or not, exec, sync, atime.
 * Set-user-ID programs and devices, for which mount(8) passes only the prohibition, are unchanged without
 * `nosuid` or `nodev`, or `allow_suid` or `allow_dev`. Other options belong to the mount's creation, and are
 * ignored.
 */
#ifndef MICA_FUSE_REMOUNT_H
#define MICA_FUSE_REMOUNT_H

#include "os/err.h"
#include "union/mount_options.h"

/* Returns the flags of mount(2) for a mount with the flags `now` of statvfs(3). Pure. */
unsigned long remount_flags(const struct mount_options *o, unsigned long now);

/* Changes the mount on `mountpoint`. -EROFS if it should become writable without a branch; it then stays
 * read-only. */
int remount(const struct mount_options *o, const char *mountpoint, struct err *err);

#endif

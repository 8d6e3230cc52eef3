/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount(8)'s `-o remount`: flags of a mount that is there. The kernel changes them; the daemon is not asked,
 * and goes on.
 *
 * Said is what is to be so afterwards, as mount(8) has it: read-only or not, exec, sync, atime. Set-user-ID
 * programs and devices, of which mount(8) passes on only that they are forbidden, stay as they are unless
 * `nosuid` or `nodev` is said, or `allow_suid` or `allow_dev`. What else there is of options belongs to the
 * mount as it was made, and is passed over.
 */
#ifndef MICA_FUSE_REMOUNT_H
#define MICA_FUSE_REMOUNT_H

#include "os/err.h"
#include "union/mount_options.h"

/* The flags of mount(2) that a mount has afterwards which has the flags `now` of statvfs(3). Pure. */
unsigned long remount_flags(const struct mount_options *o, unsigned long now);

/* Changes the mount on `mountpoint`. -EROFS where it is to be written to and has nothing to be written to;
 * it then stays read-only. */
int remount(const struct mount_options *o, const char *mountpoint, struct err *err);

#endif

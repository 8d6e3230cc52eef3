/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private mount of a branch: upper and work directory are used through a private clone of their mount, as in
 * kernel overlayfs. In the clone nothing is mounted below, no symbolic link is followed and no device can be
 * opened, whoever else may change the directories.
 */
#ifndef MICA_FUSE_BRANCH_MOUNT_H
#define MICA_FUSE_BRANCH_MOUNT_H

#include "branch_dirs.h"

/* Open both directories in such a clone; the caller owns the descriptors. If the kernel does not permit it,
 * they are duplicates of the given ones, and later opens must not cross mounts themselves (os/entry.h). 0, or
 * -EMFILE and the like with a message. */
int branch_mount_open(const struct branch_dirs *d, int *ret_upper, int *ret_base, struct err *err);

#endif

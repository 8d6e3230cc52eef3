/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount of the branch's own: the upper and the work directory through a private copy of the mount that they
 * lie on, as kernel overlayfs has it. In the copy nothing is mounted on what lies below, no symbolic link is
 * followed and no device can be opened, whoever else may change what is there.
 */
#ifndef MICA_FUSE_BRANCH_MOUNT_H
#define MICA_FUSE_BRANCH_MOUNT_H

#include "branch_dirs.h"

/* Both directories in such a copy, in descriptors of the caller's; where the kernel does not let us make one,
 * they are duplicates of those that are given, and what is opened later must not cross mounts itself
 * (os/entry.h). 0, or -EMFILE and the like with a line. */
int branch_mount_open(const struct branch_dirs *d, int *ret_upper, int *ret_base, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The directory in the work directory in which things are made: `work`, as the kernel has it. */
#ifndef MICA_FUSE_BRANCH_WORK_H
#define MICA_FUSE_BRANCH_WORK_H

#include "branch_dirs.h"
#include "union/branch.h"

/* Opens it in `base`, a descriptor of the work directory, or makes it: the daemon's own, closed to everybody
 * else, without access lists. One that is another user's is made anew; what is not ours in there is in the
 * way of that. Returns a descriptor. Refused when the branch was mounted volatile, or by the kernel with a
 * feature that it wants no other mount to see; and, unless somebody insists (how->insecure_dirs), as root
 * where it is somebody else's. */
int branch_work_open(const struct branch_dirs *d, int base, const struct branch_config *how, struct err *err);
/* Opens the one that is there, or returns a negative errno. One that a daemon has closed to its own user, as
 * the root of a user namespace, is opened to that user again, who is not above permissions outside. */
int branch_work_find(int base);
/* Leaves the mark that the branch is mounted volatile, where the kernel's overlayfs leaves it. */
int branch_work_mark_volatile(const struct branch_dirs *d, int base, struct err *err);

#endif

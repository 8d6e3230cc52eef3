/* SPDX-License-Identifier: Apache-2.0 */
/* The directory `work` in the work directory, in which files are prepared, as in the kernel's overlayfs. */
#ifndef MICA_FUSE_BRANCH_WORK_H
#define MICA_FUSE_BRANCH_WORK_H

#include "branch_dirs.h"
#include "union/branch.h"

/* Opens `work` in `base`, a descriptor of the work directory, or creates it: owned by the daemon's user,
 * closed to all others, without access lists. Replaces another user's; files that are not mica's in there
 * prevent that. Returns a descriptor. Refuses a branch that was mounted volatile, or by the kernel with an
 * exclusive feature; and, as root, another user's directories unless how->insecure_dirs is set. */
int branch_work_open(const struct branch_dirs *d, int base, const struct branch_config *how, struct err *err);
/* Opens an existing `work`, or returns a negative errno. If a daemon closed it to its own user, as root of
 * a user namespace, opens it to that user again, who cannot bypass permissions outside of the namespace. */
int branch_work_find(int base);
/* Creates the mark of a volatile mount, in the place of the kernel's overlayfs. */
int branch_work_mark_volatile(const struct branch_dirs *d, int base, struct err *err);

#endif

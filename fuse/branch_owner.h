/* SPDX-License-Identifier: Apache-2.0 */
/* Ownership of the upper and the work directory. */
#ifndef MICA_FUSE_BRANCH_OWNER_H
#define MICA_FUSE_BRANCH_OWNER_H

#include "branch_dirs.h"

/* As root: -EPERM, with a message, if another user owns one of the directories or may write to it, and can
 * reach it. Parent directories count only for reachability: their owner is trusted with a path that the
 * caller gave. */
int branch_owner_check(const struct branch_dirs *d, struct err *err);
/* Check one directory in the work directory, which is known to be reachable. */
int branch_owner_check_work(const struct branch_dirs *d, int fd, const char *name, struct err *err);

#endif

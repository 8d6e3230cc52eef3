/* SPDX-License-Identifier: Apache-2.0 */
/* Whose the upper and the work directory are. */
#ifndef MICA_FUSE_BRANCH_OWNER_H
#define MICA_FUSE_BRANCH_OWNER_H

#include "branch_dirs.h"

/* As root: -EPERM, with a line, where somebody else owns one of the directories or may write to it, and can
 * get there. What lies above them is asked for the way there alone: a path that is given is what its giver
 * means by it. */
int branch_owner_check(const struct branch_dirs *d, struct err *err);
/* The same of one directory that lies in the work directory and is to be used: its way there is known. */
int branch_owner_check_work(const struct branch_dirs *d, int fd, const char *name, struct err *err);

#endif

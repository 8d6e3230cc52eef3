/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No second daemon writes where one does. flock(2) on the upper and the work directory says so, for as long
 * as their descriptors are open; and since whoever may open these for reading can lock them as well, the
 * directory `work`, which nobody else can open, is locked besides, and locks of processes that could not be
 * a daemon of this mount's user are passed over. A daemon that has no lock on the upper says so on it
 * (branch_claim.h).
 */
#ifndef MICA_FUSE_BRANCH_LOCK_H
#define MICA_FUSE_BRANCH_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "branch_dirs.h"

/* Locks both; -EBUSY when another mount uses one of them. `shared`: only for reading the upper. Sets
 * d->upper_unlocked. */
int branch_lock_dirs(struct branch_dirs *d, bool shared, struct err *err);
/* Lock the upper, as branch_lock_dirs, for who writes. */
int branch_lock_upper(struct branch_dirs *d, struct err *err);
/* Does a process that could be a daemon have a directory of this inode number locked, on any file system? */
bool branch_lock_is_held(uint64_t ino);
/* Locks `work` of the work directory for who writes. */
int branch_lock_work(const struct branch_dirs *d, int work_fd, struct err *err);

#endif

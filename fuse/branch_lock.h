/* SPDX-License-Identifier: Apache-2.0 */
/* Ensures that no second daemon writes to a branch. The daemon holds flock(2) on the upper and the work
 * directory while their descriptors are open. Other users who may open these for reading can lock them
 * too, so the directory `work`, which no other user can open, is locked as well, and locks of processes
 * that cannot be a daemon of this mount's user are ignored. A daemon without a lock on the upper marks the
 * upper instead (branch_claim.h). */
#ifndef MICA_FUSE_BRANCH_LOCK_H
#define MICA_FUSE_BRANCH_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "branch_dirs.h"

/* Locks both; -EBUSY if another mount uses one of them. `shared`: only for reading the upper. Sets
 * d->upper_unlocked. */
int branch_lock_dirs(struct branch_dirs *d, bool shared, struct err *err);
/* Locks the upper for writing, as branch_lock_dirs. */
int branch_lock_upper(struct branch_dirs *d, struct err *err);
/* Does a process that could be a daemon hold a lock on a directory with this inode number, on any file
 * system? */
bool branch_lock_is_held(uint64_t ino);
/* Locks `work` of the work directory for writing. */
int branch_lock_work(const struct branch_dirs *d, int work_fd, struct err *err);

#endif

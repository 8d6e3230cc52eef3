/* SPDX-License-Identifier: Apache-2.0 */
/* The file that makes a directory a branch, and its lock. */
#ifndef MICA_DISK_BRANCH_DIR_H
#define MICA_DISK_BRANCH_DIR_H

#include "disk/branch.h"
#include "disk/root.h"

#define BRANCH_FILE "branch.json"

/* Locks an open branch.json; the lock goes with the descriptor. -EAGAIN if another process has it. */
int branch_lock(int fd);
/* Does a process have the lock? Asks without taking it, so that no one is refused meanwhile. */
bool branch_is_locked(int fd);

int branch_read(int fd, const char *name, struct branch_info *ret, struct err *err);

#endif

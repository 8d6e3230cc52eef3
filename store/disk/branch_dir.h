/* SPDX-License-Identifier: Apache-2.0 */
/* The file that makes a directory a branch, and its lock. */
#ifndef MICA_DISK_BRANCH_DIR_H
#define MICA_DISK_BRANCH_DIR_H

#include "disk/branch.h"
#include "disk/root.h"

#define BRANCH_FILE "branch.json"

/* Takes the lock on an open branch.json, which goes with the descriptor. -EAGAIN when another has it. */
int branch_lock(int fd);
/* Has somebody the lock? Asks without taking it, so that nobody is kept from it. */
bool branch_is_locked(int fd);

int branch_read(int fd, const char *name, struct branch_info *ret, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims of daemons that write to an upper without a lock on it, since a stranger had one there that was passed
 * over (branch_lock.h): attributes "mica.writer.INO" of the upper, INO being the inode number, in hexadecimal,
 * of the daemon's `work`, which is locked for as long as the daemon lives. Nobody but the upper's owner and
 * root can make such an attribute.
 *
 * Each daemon has its own `work` locked, then locks the upper or makes its claim, and then looks whether others
 * have a claim that is alive; who made one tries the lock again before that. So of two that begin at the same
 * time at least one sees the other.
 */
#ifndef MICA_FUSE_BRANCH_CLAIM_H
#define MICA_FUSE_BRANCH_CLAIM_H

#include <stdbool.h>

#include "branch_dirs.h"

/* Call with `work` locked. `user_xattrs`: user.overlay. is the prefix of marks, else trusted.overlay. Removes
 * claims of daemons that have ended. -EBUSY, with a message, if another daemon writes there. */
int branch_claim(struct branch_dirs *d, int work_fd, bool user_xattrs, struct err *err);
/* Remove the claim, if one was made. */
void branch_claim_end(struct branch_dirs *d);

#endif

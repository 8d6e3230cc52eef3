/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owner, mode and type of files in the upper, as the union means them: those of the files themselves, or,
 * where the daemon may not give files away, those that are kept in an attribute beside a file of its own
 * (override.h).
 */
#ifndef MICA_UNION_OWNER_H
#define MICA_UNION_OWNER_H

#include "union/branch.h"
#include "union/union.h"

/* Decides, for a branch that is being opened, which it is to be, where its config does not. Once a branch
 * keeps owners in the attribute it goes on, whoever mounts it: its root has the attribute, too. `gives`: the
 * daemon may give files away. */
int owner_choose(struct branch *b, bool gives, struct err *err);

int owner_stat(const struct branch *b, struct where w, struct stat *ret);
int owner_chmod(const struct branch *b, struct where w, mode_t mode);
int owner_chown(const struct branch *b, struct where w, uid_t uid, gid_t gid);

/* Says all of it at once of a file that was just made: nothing to do without override. */
int owner_set(const struct branch *b, struct where w, const struct stat *st);

/* Makes an empty file of any type but a symbolic link under a free name of an open directory, for `c`: the
 * group is the directory's where it says so. With an override nobody may see the name before it is complete:
 * the directory is the work directory's. `like` is the directory that it inherits from. */
int owner_make(const struct branch *b, int dirfd, const char *name, mode_t mode, dev_t rdev,
               const struct un_caller *c, struct where like);

#endif

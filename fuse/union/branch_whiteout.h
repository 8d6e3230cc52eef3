/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_BRANCH_WHITEOUT_H
#define MICA_UNION_BRANCH_WHITEOUT_H

#include "union/branch.h"

/* Create a whiteout under a free name. */
int branch_whiteout(struct branch *b, int dirfd, const char *name);
/* Create a whiteout that is an inode of its own. */
int branch_whiteout_alone(const struct branch *b, int dirfd, const char *name);
/* Is the file a whiteout? `st`: its stat(2), may be partial; `marked`: its directory holds whiteouts in the
 * attribute form. 1, 0 or an error. */
int branch_is_whiteout(const struct branch *b, struct where w, const struct stat *st, bool marked);
/* Create the inode that whiteouts link to, or a new one. */
int branch_share_whiteout(struct branch *b);
/* Remove the shared whiteout's name from the work directory, if there is one; its links stay. */
void branch_unshare_whiteout(struct branch *b);
/* Replace a file by a whiteout; the file loses the name. */
int branch_cover_by_whiteout(struct branch *b, int dirfd, const char *name);
/* Replace a file or directory by a whiteout, and move it to a temporary name in the work directory
 * (`ret`). */
int branch_replace_by_whiteout(struct branch *b, int dirfd, const char *name, char ret[BRANCH_TEMPORARY_MAX]);

/* Move a file or directory in one step, leaving a whiteout at the old name. A file at the target is removed;
 * a directory is moved to the temporary name *ret, else "". Where the file system cannot do it in one step, a
 * crash can leave both names in use. */
int branch_move_leaving_whiteout(struct branch *b, const struct branch_move *m,
                                 char ret[BRANCH_TEMPORARY_MAX]);
/* Can it not do it in one step? Then the file may have both names in between. */
bool branch_moves_by_steps(const struct branch *b);
/* Move a file from a temporary name, or one beside, over a whiteout, which is removed. */
int branch_take_whiteout(const struct branch *b, int from_fd, const char *from, bool dir, int to_fd,
                         const char *to);
/* Move a file to a name that must be free (-EEXIST). */
int branch_move_new(const struct branch *b, int from_fd, const char *from, int to_fd, const char *to);

/* Mark a regular file (`mode`) before it gets `name`, if fuse-overlayfs would take that name for a whiteout
 * (foreign.h). */
int branch_mark_name(const struct branch *b, struct where w, mode_t mode, const char *name);

/* -EPERM for a name that is a mark in this branch (name_marks.h) and cannot be given to a file. */
int branch_takes_name(const struct branch *b, const char *name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The branch of a source, for source.c. */
#ifndef MICA_FUSE_SOURCE_BRANCH_H
#define MICA_FUSE_SOURCE_BRANCH_H

#include "source.h"

/* Is the upper directory only the topmost layer of a read-only mount? */
bool source_only_reads_upper(const struct mount_options *o);

/* Holds the store's branch of `o`, or creates it with *what, and opens its directories. Sets *what to the
 * branch's properties; -EINVAL if they differ from the requested ones. */
int source_hold_branch(const struct mount_options *o, struct source *s, struct branch_info *what,
                       struct err *err);

/* Can this process see the marks of a branch of the store? -EPERM with a line. */
int source_check_marks(const char *branch, const struct branch_info *is, struct err *err);

/* Locks the branch's directories, if there are any, and opens them as a union's branch. */
int source_open_branch(const struct mount_options *o, struct source *s, const struct branch_info *how,
                       struct err *err);

#endif

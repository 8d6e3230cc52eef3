/* SPDX-License-Identifier: Apache-2.0 */
/* Upper directories that fuse-overlayfs has written. */
#ifndef MICA_UNION_FOREIGN_H
#define MICA_UNION_FOREIGN_H

#include <stdbool.h>

/* An empty file in the work directory that says: nobody else has mounted the branch since it was taken over.
 * The kernel and fuse-overlayfs empty the work directory when they mount. */
#define FOREIGN_NOTE "mica-names"

/*
 * What fuse-overlayfs says in its own words is said in those of kernel overlayfs, which are a branch's:
 * `.wh.NAME` becomes a whiteout, `.wh..wh..opq` and user.fuseoverlayfs.opaque the mark of an opaque directory
 * (user.overlay.* or trusted.overlay.*). It understands these as well, and can have the directory back.
 *
 * Only what it certainly wrote is touched (foreign_form.h), and nothing is removed before that which takes
 * its place is durable. Where a file has its form and nothing shows that it has been at work, the file stays,
 * and *ret_unproved is its path, for the caller to free; else NULL.
 *
 * Before branch_open. That it has been done is noted with the upper's root (MARK_NAMES), and in the work
 * directory that nobody else has mounted since: with both, nothing is looked at. A daemon killed here does it
 * again. The times of directories stay. Both descriptors are borrowed; 0 or a negative errno.
 */
int foreign_take_over(int upper_fd, int work_fd, bool user_xattrs, char **ret_unproved);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Upper directories that fuse-overlayfs has written. */
#ifndef MICA_UNION_FOREIGN_H
#define MICA_UNION_FOREIGN_H

#include <stdbool.h>

/* An empty file in the work directory: nobody else has mounted the branch since it was taken over. The kernel
 * and fuse-overlayfs empty the work directory when they mount. */
#define FOREIGN_NOTE "mica-names"

/*
 * Translate fuse-overlayfs's marks into those of kernel overlayfs, which branches use: `.wh.NAME` becomes a
 * whiteout, `.wh..wh..opq` and user.fuseoverlayfs.opaque the opaque mark (user.overlay.* or
 * trusted.overlay.*). fuse-overlayfs reads these as well, and can use the directory again.
 *
 * Only files that it certainly wrote are touched (foreign_form.h), and none is removed before its replacement
 * is durable. A file that has its form, without other proof of fuse-overlayfs, stays, and *ret_unproved is
 * its path, for the caller to free; else NULL.
 *
 * Call before branch_open. The result is noted in the upper's root (MARK_NAMES), and in the work directory,
 * so that nothing is walked while nobody else has mounted the branch. A killed daemon's work is done again.
 * The times of directories stay. Both descriptors are borrowed; 0 or a negative errno.
 */
int foreign_take_over(int upper_fd, int work_fd, bool user_xattrs, char **ret_unproved);

#endif

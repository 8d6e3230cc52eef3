/* SPDX-License-Identifier: Apache-2.0 */
/* Upper directories that fuse-overlayfs has written. */
#ifndef MICA_UNION_FOREIGN_H
#define MICA_UNION_FOREIGN_H

#include <stdbool.h>

/*
 * What fuse-overlayfs says in its own words is said in those of kernel overlayfs, which are a branch's:
 * `.wh.NAME` becomes a whiteout, `.wh..wh..opq` and user.fuseoverlayfs.opaque the mark of an opaque directory
 * (user.overlay.* or trusted.overlay.*). It understands these as well, and can have the directory back.
 *
 * Before branch_open, which leaves what tells by its presence beside the work directory that this has been
 * done: afterwards such names are names like any other. A daemon killed here does it again. The times of
 * directories stay. Both descriptors are borrowed; 0 or a negative errno.
 */
int foreign_take_over(int upper_fd, int work_fd, bool user_xattrs);

#endif

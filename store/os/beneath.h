/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and removing entries beneath a directory with hostile content. */
#ifndef MICA_OS_BENEATH_H
#define MICA_OS_BENEATH_H

#include <sys/types.h>

/* Opens `path` (relative, no "..") beneath `dirfd`. Follows no symbolic link, not even as the last
 * component; the result never lies outside `dirfd`. O_CLOEXEC is added. Uses
 * openat2(RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS); if the kernel or a seccomp filter lacks it, walks
 * component by component with O_NOFOLLOW. Returns a descriptor or a negative errno (-ELOOP for a symbolic
 * link, -EXDEV for an escape). */
int beneath_open(int dirfd, const char *path, int flags, mode_t mode);

/* The component walk that beneath_open falls back to; exported for its test. */
int beneath_open_by_walk(int dirfd, const char *path, int flags, mode_t mode);

/* Removes `name`, an entry of `dirfd` or a trusted path of the caller's, recursively, at any depth and
 * with any modes. Touches nothing outside, even while others change the tree: follows no symbolic link,
 * enters no mount, and does not leave through a directory that is moved away. Returns 0 once the entry is
 * gone or if it never existed, else a negative errno: -EBUSY if another process adds entries as fast as
 * they are removed. */
int beneath_remove(int dirfd, const char *name);

/* Reads the file `path` beneath `dirfd` as fd_slurp (fd.h); does not wait for a fifo's writer. */
int beneath_slurp(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_len);

#endif

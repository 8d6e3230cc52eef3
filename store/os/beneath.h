/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what lies beneath a directory, whatever was planted in it. */
#ifndef MICA_OS_BENEATH_H
#define MICA_OS_BENEATH_H

#include <sys/types.h>

/* Opens `path` (relative, no "..") beneath `dirfd`; no symbolic link is followed, not even a last one, and
 * the result cannot lie outside. O_CLOEXEC is added. Uses openat2(RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS); where
 * the kernel or a seccomp filter has none, walks component by component with O_NOFOLLOW. Returns a descriptor
 * or a negative errno
 * (-ELOOP for a symbolic link, -EXDEV for an escape). */
int beneath_open(int dirfd, const char *path, int flags, mode_t mode);

/* The walk alone: what beneath_open falls back to; for its test. */
int beneath_open_by_walk(int dirfd, const char *path, int flags, mode_t mode);

/* Removes `name`, an entry of `dirfd` or a path that is the caller's own, with everything in it, however deep
 * it is and whatever its modes. Nothing outside is touched whatever others do to the tree meanwhile: no link
 * is followed, nothing that is mounted is entered, and a directory that is moved away does not lead out. 0
 * when it is gone (also when it never was), else a negative errno: -EBUSY where somebody puts things in
 * as fast as they go. */
int beneath_remove(int dirfd, const char *name);

#endif

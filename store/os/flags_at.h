/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of a name in a directory, as chattr(1) sets them, without opening the file: file_getattr(2), of Linux
 * 6.17. */
#ifndef MICA_OS_FLAGS_AT_H
#define MICA_OS_FLAGS_AT_H

/* The flags that flags_at reads: FS_IMMUTABLE_FL, FS_APPEND_FL, FS_SYNC_FL, FS_NOATIME_FL (<linux/fs.h>). */
#define FLAGS_AT_ALL 0xb8u

/* `name` is one component, or "." for `dirfd` itself, which may be O_PATH; a symbolic link is not followed.
 * Returns 0 or a negative errno: -EOPNOTSUPP where the kernel, or the file system, has no flags to tell. */
int flags_at(int dirfd, const char *name, unsigned *ret);

#endif

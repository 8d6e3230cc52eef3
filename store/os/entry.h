/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a directory that others may change concurrently: a symbolic link in its place is never
 * followed, and a mount on it is never entered. */
#ifndef MICA_OS_ENTRY_H
#define MICA_OS_ENTRY_H

#include <sys/types.h>

/* Opens the single component `name` of `dirfd`; O_NOFOLLOW and O_CLOEXEC are added. With O_PATH the
 * descriptor refers to the entry itself, also to a symbolic link. Returns a descriptor or a negative
 * errno: -ELOOP or -ENOTDIR for a symbolic link, -EXDEV for an entry with a mount on it. */
int entry_open(int dirfd, const char *name, int flags);

/* Opens the file of `fd`, a descriptor of any kind, again. Does not follow a symbolic link: -ELOOP. */
int entry_reopen(int fd, int flags);

/* Changes the mode of the entry; -EOPNOTSUPP or -ELOOP for a symbolic link. */
int entry_chmod(int dirfd, const char *name, mode_t mode);
/* The fallback for kernels without fchmodat2(2); exported for its test. */
int entry_chmod_by_proc(int dirfd, const char *name, mode_t mode);

#endif

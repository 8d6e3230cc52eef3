/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of a directory that others may change meanwhile: a symbolic link in its place is never followed,
 * and what is mounted on it is never entered.
 */
#ifndef MICA_OS_ENTRY_H
#define MICA_OS_ENTRY_H

#include <sys/types.h>

/* Opens the single component `name` of `dirfd`; O_NOFOLLOW and O_CLOEXEC are added. With O_PATH the
 * descriptor stands for the entry itself, also for a symbolic link. Returns it or a negative errno: -ELOOP or
 * -ENOTDIR for a link, -EXDEV where something is mounted on the entry. */
int entry_open(int dirfd, const char *name, int flags);

/* Opens again what `fd`, a descriptor of any kind, stands for. Does not follow a symbolic link: -ELOOP. */
int entry_reopen(int fd, int flags);

/* Changes the entry's mode; -EOPNOTSUPP or -ELOOP for a symbolic link. */
int entry_chmod(int dirfd, const char *name, mode_t mode);
/* How it is done where the kernel has no fchmodat2(2); for its test. */
int entry_chmod_by_proc(int dirfd, const char *name, mode_t mode);

#endif

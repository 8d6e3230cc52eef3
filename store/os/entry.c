/* SPDX-License-Identifier: Apache-2.0 */
#include "os/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/cleanup.h"

/* Debian 12's headers are older than this system call; the number is that of every architecture but alpha. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define PROC_PATH_SIZE sizeof("/proc/self/fd/-2147483648")

/* Without openat2(2): a different device number reveals a mount. */
static int open_by_device(int dirfd, const char *name, int flags)
{
    struct stat above, st;
    cleanup_fd int fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) < 0 || fstatat(dirfd, "", &above, AT_EMPTY_PATH) < 0)
        return -errno;
    return st.st_dev == above.st_dev ? steal_fd(&fd) : -EXDEV;
}

int entry_open(int dirfd, const char *name, int flags)
{
    const struct open_how how = {
        .flags = (unsigned)(flags | O_NOFOLLOW | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd;

    do
        fd = syscall(SYS_openat2, dirfd, name, &how, sizeof how);
    while (fd < 0 && errno == EINTR);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) /* an old kernel or a seccomp filter */
        return open_by_device(dirfd, name, flags);
    return fd < 0 ? -errno : (int)fd;
}

int entry_reopen(int fd, int flags)
{
    char path[PROC_PATH_SIZE];
    int again;

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    again = open(path, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
    return again < 0 ? -errno : again;
}

int entry_chmod_by_proc(int dirfd, const char *name, mode_t mode)
{
    cleanup_fd int fd = entry_open(dirfd, name, O_PATH);
    char path[PROC_PATH_SIZE];
    struct stat st;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (S_ISLNK(st.st_mode))
        return -EOPNOTSUPP;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return chmod(path, mode) < 0 ? -errno : 0;
}

int entry_chmod(int dirfd, const char *name, mode_t mode)
{
    if (syscall(SYS_fchmodat2, dirfd, name, mode, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    /* EPERM comes from a seccomp filter or from the file system; in the latter case the fallback gives it
     * again. */
    return errno == ENOSYS || errno == EPERM ? entry_chmod_by_proc(dirfd, name, mode) : -errno;
}

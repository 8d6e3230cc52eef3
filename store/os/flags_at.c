/* SPDX-License-Identifier: Apache-2.0 */
#include "os/flags_at.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian 12's headers are older than this system call; its number is the same on every architecture but
 * alpha. */
#ifndef SYS_file_getattr
#define SYS_file_getattr 468
#endif

_Static_assert(FLAGS_AT_ALL == (FS_IMMUTABLE_FL | FS_APPEND_FL | FS_SYNC_FL | FS_NOATIME_FL), "all flags");

/* The kernel's struct file_attr, in its first size. */
struct attributes {
    uint64_t xflags;
    uint32_t extsize, nextents, projid, cowextsize;
};

static bool have_syscall;

static void probe(void)
{
    struct attributes a;

    /* Probe with a descriptor that cannot exist: EBADF if the kernel has the call, ENOSYS or a seccomp
     * filter's EPERM if not. */
    have_syscall =
        syscall(SYS_file_getattr, INT_MAX, "x", &a, sizeof a, AT_SYMLINK_NOFOLLOW) < 0 && errno == EBADF;
}

int flags_at(int dirfd, const char *name, unsigned *ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct attributes a;

    pthread_once(&once, probe);
    if (!have_syscall)
        return -EOPNOTSUPP;
    if (syscall(SYS_file_getattr, dirfd, name, &a, sizeof a, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    *ret = (a.xflags & FS_XFLAG_IMMUTABLE ? FS_IMMUTABLE_FL : 0u) |
           (a.xflags & FS_XFLAG_APPEND ? FS_APPEND_FL : 0u) | (a.xflags & FS_XFLAG_SYNC ? FS_SYNC_FL : 0u) |
           (a.xflags & FS_XFLAG_NOATIME ? FS_NOATIME_FL : 0u);
    return 0;
}

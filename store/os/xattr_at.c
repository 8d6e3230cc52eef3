/* SPDX-License-Identifier: Apache-2.0 */
#include "os/xattr_at.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Debian 12's headers are older than these system calls; their numbers are the same on every architecture
 * but alpha. */
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#endif
#ifndef SYS_listxattrat
#define SYS_listxattrat 465
#endif

/* The kernel's struct xattr_args. */
struct get_args {
    uint64_t value __attribute__((aligned(8)));
    uint32_t size;
    uint32_t flags;
};

static bool have_syscalls;

static void probe(void)
{
    /* Probe with a descriptor that cannot exist: EBADF if the kernel has the call, ENOSYS or a seccomp
     * filter's EPERM if not. */
    have_syscalls =
        syscall(SYS_listxattrat, INT_MAX, "x", AT_SYMLINK_NOFOLLOW, NULL, (size_t)0) < 0 && errno == EBADF;
}

static bool syscalls_usable(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, probe);
    return have_syscalls;
}

static ssize_t result(ssize_t n)
{
    return n < 0 ? -errno : n;
}

ssize_t xattr_get_at(int dirfd, const char *name, const char *attr, void *value, size_t size)
{
    if (!syscalls_usable())
        return xattr_get_by_proc(dirfd, name, attr, value, size);
    struct get_args args = {(uintptr_t)value, (uint32_t)(size < UINT32_MAX ? size : UINT32_MAX), 0};
    return result(syscall(SYS_getxattrat, dirfd, name, AT_SYMLINK_NOFOLLOW, attr, &args, sizeof(args)));
}

ssize_t xattr_list_at(int dirfd, const char *name, char *list, size_t size)
{
    if (!syscalls_usable())
        return xattr_list_by_proc(dirfd, name, list, size);
    return result(syscall(SYS_listxattrat, dirfd, name, AT_SYMLINK_NOFOLLOW, list, size));
}

struct proc_path {
    char text[sizeof("/proc/self/fd/-2147483648/") + NAME_MAX];
};

/* The link in /proc leads to the open directory itself, not to a path that may have changed. */
static int proc_path(int dirfd, const char *name, struct proc_path *ret)
{
    int n = snprintf(ret->text, sizeof(ret->text), "/proc/self/fd/%d/%s", dirfd, name);
    return n < 0 || (size_t)n >= sizeof(ret->text) ? -ENAMETOOLONG : 0;
}

ssize_t xattr_get_by_proc(int dirfd, const char *name, const char *attr, void *value, size_t size)
{
    struct proc_path path;
    int r = proc_path(dirfd, name, &path);
    return r < 0 ? r : result(lgetxattr(path.text, attr, value, size));
}

ssize_t xattr_list_by_proc(int dirfd, const char *name, char *list, size_t size)
{
    struct proc_path path;
    int r = proc_path(dirfd, name, &path);
    return r < 0 ? r : result(llistxattr(path.text, list, size));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "os/user_ns.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/cleanup.h"

/* The inode number of the initial user namespace, the same on every Linux (include/linux/proc_ns.h,
 * PROC_USER_INIT_INO). */
#define INITIAL_USER_NAMESPACE 4026531837u

#ifndef PIDFD_GET_USER_NAMESPACE /* Linux 6.11 */
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF, 9)
#endif

/* For processes without /proc, or with one of another pid namespace. */
static int stat_by_pidfd(struct stat *ret)
{
    cleanup_fd int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    cleanup_fd int space = self < 0 ? -1 : ioctl(self, PIDFD_GET_USER_NAMESPACE, 0);

    return space < 0 || fstat(space, ret) < 0 ? -errno : 0;
}

int user_ns_is_initial(void)
{
    struct stat st;
    int r = stat("/proc/self/ns/user", &st) < 0 ? -errno : 0;

    if (r < 0 && stat_by_pidfd(&st) < 0)
        return r;
    return st.st_ino == INITIAL_USER_NAMESPACE;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_open.h"

#include <errno.h>
#include <fcntl.h>

#include "os/cleanup.h"
#include "os/entry.h"

/* If devices can be opened and mounts entered, check the type of the name before opening it. */
static int open_looking(int dirfd, const char *name, struct stat *ret_st)
{
    cleanup_fd int fd = entry_open(dirfd, name, O_PATH);
    if (fd < 0)
        return fd == -EXDEV ? -ESTALE : fd;
    if (fstat(fd, ret_st) < 0)
        return -errno;
    if (!S_ISREG(ret_st->st_mode))
        return -ESTALE;
    int again = entry_reopen(fd, O_RDONLY | O_NOATIME);
    return again == -EPERM ? entry_reopen(fd, O_RDONLY) : again;
}

/* The lookup saw a regular file; O_NONBLOCK keeps a fifo that has replaced it from blocking the daemon. */
int stack_open_regular(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                       struct stat *ret_st)
{
    if (l->crosses[layer])
        return open_looking(dirfd, name, ret_st);
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    cleanup_fd int fd = openat(dirfd, name, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(dirfd, name, flags);
    if (fd < 0)
        return -errno;
    if (fstat(fd, ret_st) < 0)
        return -errno;
    return S_ISREG(ret_st->st_mode) ? steal_fd(&fd) : -ESTALE;
}

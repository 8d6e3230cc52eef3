/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/rooted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"

int rooted_open(int rootfd, const char *path, int flags)
{
    const struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, rootfd, path, &how, sizeof how);

    return fd < 0 ? -errno : (int)fd;
}

int rooted_read(int rootfd, const char *path, size_t limit, char **ret)
{
    struct stat st;
    char by_number[64];
    size_t len;

    /* To open a device or a fifo is to do something with it: what it is comes first. */
    cleanup_fd int place = rooted_open(rootfd, path, O_PATH);
    if (place < 0)
        return place;
    if (fstat(place, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    snprintf(by_number, sizeof by_number, "/proc/self/fd/%d", place);
    cleanup_fd int fd = open(by_number, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fd_slurp(fd, limit, ret, &len);
    if (r == 0 && memchr(*ret, '\0', len)) {
        free(*ret);
        *ret = NULL;
        r = -EINVAL;
    }
    return r;
}

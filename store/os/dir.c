/* SPDX-License-Identifier: Apache-2.0 */
#include "os/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int dir_of(int fd, DIR **ret)
{
    int r;

    if (fd < 0)
        return fd;
    *ret = fdopendir(fd);
    if (*ret)
        return 0;
    r = -errno;
    close(fd);
    return r;
}

int dir_reopen(int dirfd, DIR **ret)
{
    int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return dir_of(fd < 0 ? -errno : fd, ret);
}

const struct dirent *dir_next(DIR *d, int *ret_error)
{
    const struct dirent *e;

    do {
        errno = 0;
        e = readdir(d);
    } while (e && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
    *ret_error = e ? 0 : -errno;
    return e;
}

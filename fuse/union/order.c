/* SPDX-License-Identifier: Apache-2.0 */
#include "union/order.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"

#define TEXT_MAX 8192u
#define ORDERED  "data=ordered"

bool order_is_said(const char *options)
{
    for (const char *line = options; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, ORDERED, strlen(ORDERED)) == 0 && strchr("\n", line[strlen(ORDERED)]))
            return true;
    return false;
}

/* The directory of a file system in /proc/fs/ext4 has its device's name. */
static int read_options(dev_t dev, char **ret)
{
    char link[64], target[PATH_MAX], path[PATH_MAX];
    ssize_t n;
    char *name;

    snprintf(link, sizeof link, "/sys/dev/block/%u:%u", major(dev), minor(dev));
    n = readlink(link, target, sizeof target - 1);
    if (n <= 0)
        return -ENOENT;
    target[n] = '\0';
    name = strrchr(target, '/');
    if (snprintf(path, sizeof path, "/proc/fs/ext4/%s/options", name ? name + 1 : target) >= (int)sizeof path)
        return -ENAMETOOLONG;
    return fd_slurp_at(AT_FDCWD, path, TEXT_MAX, ret, NULL);
}

static bool is_ordered_ext4(int fd)
{
    cleanup_free char *text = NULL;
    struct stat st;

    return fstat(fd, &st) == 0 && read_options(st.st_dev, &text) == 0 && order_is_said(text);
}

bool order_is_needless(int fd)
{
    struct statfs st;

    return fstatfs(fd, &st) == 0 && (st.f_type == TMPFS_MAGIC || st.f_type == RAMFS_MAGIC);
}

bool order_is_kept(int fd)
{
    struct statfs st;

    if (fstatfs(fd, &st) < 0)
        return false;
    return st.f_type == TMPFS_MAGIC || (st.f_type == EXT4_SUPER_MAGIC && is_ordered_ext4(fd));
}

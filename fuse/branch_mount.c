/* SPDX-License-Identifier: Apache-2.0 */
#include "branch_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/cleanup.h"

/* Get the directory's path from the root of this process; it may be stale when it is used. */
static bool path_of(int fd, char ret[PATH_MAX])
{
    char link[32];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, ret, PATH_MAX - 1);
    if (n <= 0 || ret[0] != '/')
        return false;
    ret[n] = 0;
    return true;
}

/* Length of the path of the nearest common parent, with a trailing slash. Neither path is within the
 * other. */
static size_t common_length(const char *a, const char *b)
{
    size_t slash = 0;

    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '/')
            slash = i + 1;
    return slash;
}

static bool same(int a, int b)
{
    struct stat x, y;

    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Clone the mount from a directory on, without mounts below it; -1: not permitted. */
static int copy_mount(const char *path)
{
    static const unsigned long long wanted[] = {MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOSYMFOLLOW};
    struct mount_attr private = {.propagation = MS_PRIVATE};
    cleanup_fd int own = open_tree(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

    if (own < 0 || mount_setattr(own, "", AT_EMPTY_PATH, &private, sizeof private) < 0)
        return -1;
    /* A precaution: older kernels do not support all flags. */
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct mount_attr attr = {.attr_set = wanted[i]};

        (void)mount_setattr(own, "", AT_EMPTY_PATH, &attr, sizeof attr);
    }
    return steal_fd(&own);
}

/* Open `path` in the clone, if it is the directory that is open already. */
static int find(int copy, const char *path, int is)
{
    cleanup_fd int fd = beneath_open(copy, path, O_RDONLY | O_DIRECTORY, 0);

    return fd >= 0 && same(fd, is) ? steal_fd(&fd) : -1;
}

static bool open_copies(const struct branch_dirs *d, int *ret_upper, int *ret_base)
{
    char upper[PATH_MAX], base[PATH_MAX], above[PATH_MAX];
    cleanup_fd int copy = -1, upper_fd = -1, base_fd = -1;
    size_t n;

    if (!path_of(d->upper_fd, upper) || !path_of(d->base_fd, base))
        return false;
    n = common_length(upper, base);
    if (n == 0)
        return false;
    memcpy(above, upper, n);
    above[n > 1 ? n - 1 : n] = 0; /* without the slash, which would follow a link */
    copy = copy_mount(above);
    upper_fd = copy < 0 ? -1 : find(copy, upper + n, d->upper_fd);
    base_fd = upper_fd < 0 ? -1 : find(copy, base + n, d->base_fd);
    if (base_fd < 0)
        return false;
    *ret_upper = steal_fd(&upper_fd);
    *ret_base = steal_fd(&base_fd);
    return true;
}

int branch_mount_open(const struct branch_dirs *d, int *ret_upper, int *ret_base, struct err *err)
{
    cleanup_fd int upper = -1, base = -1;

    if (open_copies(d, ret_upper, ret_base))
        return 0;
    upper = fcntl(d->upper_fd, F_DUPFD_CLOEXEC, 0);
    base = upper < 0 ? -1 : fcntl(d->base_fd, F_DUPFD_CLOEXEC, 0);
    if (base < 0)
        return err_errno(err, errno, "upperdir %s", d->upper_name);
    *ret_upper = steal_fd(&upper);
    *ret_base = steal_fd(&base);
    return 0;
}

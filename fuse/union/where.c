/* SPDX-License-Identifier: Apache-2.0 */
#include "union/where.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/entry.h"
#include "os/xattr_at.h"

#define PATH_SIZE (sizeof("/proc/self/fd//") + 11 + NAME_MAX)

/* A descriptor's entry in /proc is a link that must be followed; a name must not be. */
static const char *path_of(struct where w, char buf[PATH_SIZE])
{
    if (w.name && *w.name)
        snprintf(buf, PATH_SIZE, "/proc/self/fd/%d/%s", w.fd, w.name);
    else
        snprintf(buf, PATH_SIZE, "/proc/self/fd/%d", w.fd);
    return buf;
}

static int result(int r)
{
    return r < 0 ? -errno : 0;
}

int where_stat(struct where w, struct stat *ret)
{
    if (!w.name)
        return result(fstat(w.fd, ret));
    return result(fstatat(w.fd, w.name, ret, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
}

int where_chmod(struct where w, mode_t mode)
{
    char path[PATH_SIZE];

    if (!w.name)
        return result(fchmod(w.fd, mode));
    if (!*w.name)
        return result(chmod(path_of(w, path), mode));
    return entry_chmod(w.fd, w.name, mode);
}

int where_chown(struct where w, uid_t uid, gid_t gid)
{
    if (!w.name)
        return result(fchown(w.fd, uid, gid));
    return result(fchownat(w.fd, w.name, uid, gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
}

int where_utimens(struct where w, const struct timespec times[2])
{
    char path[PATH_SIZE];

    if (!w.name)
        return result(futimens(w.fd, times));
    if (!*w.name)
        return result(utimensat(AT_FDCWD, path_of(w, path), times, 0));
    return result(utimensat(w.fd, w.name, times, AT_SYMLINK_NOFOLLOW));
}

ssize_t where_readlink(struct where w, char *buf, size_t size)
{
    ssize_t n = readlinkat(w.fd, w.name, buf, size);

    return n < 0 ? -errno : n;
}

ssize_t where_handle(struct where w, struct where_handle *ret)
{
    _Alignas(struct file_handle) char room[sizeof(struct file_handle) + sizeof ret->bytes];
    struct file_handle *h = (struct file_handle *)(void *)room;
    const char *name = w.name ? w.name : "";
    int mount;

    h->handle_bytes = sizeof ret->bytes;
    if (name_to_handle_at(w.fd, name, h, &mount, *name ? 0 : AT_EMPTY_PATH) < 0)
        return -errno;
    if (h->handle_bytes > sizeof ret->bytes)
        return -EOVERFLOW;
    ret->type = h->handle_type;
    memcpy(ret->bytes, h->f_handle, h->handle_bytes);
    return (ssize_t)h->handle_bytes;
}

int where_link(struct where w, int dirfd, const char *name)
{
    char path[PATH_SIZE];

    if (w.name && *w.name)
        return result(linkat(w.fd, w.name, dirfd, name, 0));
    return result(linkat(AT_FDCWD, path_of(w, path), dirfd, name, AT_SYMLINK_FOLLOW));
}

int where_pin(struct where w, struct stat *ret_st)
{
    cleanup_fd int fd = entry_open(w.fd, w.name, O_PATH);

    if (fd < 0)
        return fd;
    return fstat(fd, ret_st) < 0 ? -errno : steal_fd(&fd);
}

int where_open(struct where w, int flags)
{
    cleanup_fd int pin = -1;
    struct stat st;
    int r;

    if (w.name && *w.name) {
        pin = where_pin(w, &st);
        if (pin < 0)
            return pin;
        /* Opening other types has side effects, or waits. */
        if (!(flags & O_PATH) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
            return S_ISLNK(st.st_mode) ? -ELOOP : -ESTALE;
        w.fd = pin;
    }
    /* O_NONBLOCK: do not wait for the holder of a lease either (fcntl(2)). */
    if (!(flags & O_PATH))
        return entry_reopen(w.fd, flags | O_NONBLOCK);
    r = fcntl(w.fd, F_DUPFD_CLOEXEC, 0);
    return r < 0 ? -errno : r;
}

ssize_t where_getxattr(struct where w, const char *attr, void *value, size_t size)
{
    char path[PATH_SIZE];
    ssize_t n;

    if (w.name && *w.name)
        return xattr_get_at(w.fd, w.name, attr, value, size);
    n = w.name ? getxattr(path_of(w, path), attr, value, size) : fgetxattr(w.fd, attr, value, size);
    return n < 0 ? -errno : n;
}

ssize_t where_listxattr(struct where w, char *list, size_t size)
{
    char path[PATH_SIZE];
    ssize_t n;

    if (w.name && *w.name)
        return xattr_list_at(w.fd, w.name, list, size);
    n = w.name ? listxattr(path_of(w, path), list, size) : flistxattr(w.fd, list, size);
    return n < 0 ? -errno : n;
}

int where_setxattr(struct where w, const char *attr, const void *value, size_t size, int flags)
{
    char path[PATH_SIZE];

    if (!w.name)
        return result(fsetxattr(w.fd, attr, value, size, flags));
    path_of(w, path);
    return result(*w.name ? lsetxattr(path, attr, value, size, flags)
                          : setxattr(path, attr, value, size, flags));
}

int where_removexattr(struct where w, const char *attr)
{
    char path[PATH_SIZE];

    if (!w.name)
        return result(fremovexattr(w.fd, attr));
    path_of(w, path);
    return result(*w.name ? lremovexattr(path, attr) : removexattr(path, attr));
}

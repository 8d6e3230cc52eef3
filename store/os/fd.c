/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "os/cleanup.h"

ssize_t fd_read(int fd, void *buf, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = read(fd, (char *)buf + done, len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

ssize_t fd_pread(int fd, void *buf, size_t len, uint64_t offset)
{
    size_t done = 0;

    if (offset > INT64_MAX || len > INT64_MAX - offset)
        return -EOVERFLOW;
    while (done < len) {
        ssize_t n = pread(fd, (char *)buf + done, len - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

int fd_write(int fd, const void *buf, size_t len)
{
    const char *p = buf;

    while (len) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -ENOSPC;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int fd_pwrite(int fd, const void *buf, size_t len, uint64_t offset)
{
    const char *p = buf;

    if (offset > INT64_MAX || len > INT64_MAX - offset)
        return -EFBIG;
    while (len) {
        ssize_t n = pwrite(fd, p, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -ENOSPC;
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

int fd_slurp(int fd, size_t limit, char **ret, size_t *ret_len)
{
    cleanup_free char *data = NULL;
    size_t len = 0, cap = 0;

    for (;;) {
        ssize_t n;

        /* Room for one byte beyond the limit, to detect a file that is too long, and for the NUL. */
        if (len + 1 >= cap) {
            size_t want = cap ? cap * 2 : 4096;
            char *p;

            if (want > limit + 2)
                want = limit + 2;
            p = realloc(data, want);
            if (!p)
                return -ENOMEM;
            data = p;
            cap = want;
        }
        n = fd_read(fd, data + len, cap - 1 - len);
        if (n < 0)
            return (int)n;
        len += (size_t)n;
        if (len > limit)
            return -EFBIG;
        if (len < cap - 1)
            break;
    }
    data[len] = 0;
    *ret = steal_ptr(&data);
    *ret_len = len;
    return 0;
}

int fd_slurp_at(int dirfd, const char *path, size_t limit, char **ret, size_t *ret_len)
{
    cleanup_fd int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
    size_t len;

    return fd < 0 ? -errno : fd_slurp(fd, limit, ret, ret_len ? ret_len : &len);
}

/* Makes an unpredictable hidden name from `prefix`: .PREFIX.HEX */
static int random_name(char ret[NAME_MAX + 1], const char *prefix)
{
    uint64_t random;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return -EIO;
    snprintf(ret, NAME_MAX + 1, ".%.200s.%016llx", prefix, (unsigned long long)random);
    return 0;
}

int fd_unnamed(int dirfd)
{
    char tmp[NAME_MAX + 1];
    int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), r;

    /* Kernels and file systems without O_TMPFILE give ENOENT or EISDIR. */
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return fd >= 0 ? fd : -errno;
    r = random_name(tmp, "unnamed");
    if (r < 0)
        return r;
    fd = openat(dirfd, tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    unlinkat(dirfd, tmp, 0);
    return fd;
}

int fd_replace_file(int dirfd, const char *name, const void *data, size_t len, mode_t mode)
{
    char tmp[NAME_MAX + 1];
    cleanup_fd int fd = -1;
    int r = random_name(tmp, name);

    if (r < 0)
        return r;
    fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    r = fd_write(fd, data, len);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && renameat(dirfd, tmp, dirfd, name) < 0)
        r = -errno;
    if (r < 0) {
        unlinkat(dirfd, tmp, 0);
        return r;
    }
    return fsync(dirfd) < 0 ? -errno : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "union/copy_content.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"

#define CHUNK (256u << 10)

/* Up to this, one read and one write cost less than asking the kernel to copy. */
#define SMALL (16u << 10)

struct copy {
    int from, to;
    uint64_t offset; /* of `from`, where byte 0 of `to` is */
    bool by_hand;    /* the kernel does not copy between these two */
    char *buf;       /* CHUNK bytes once by hand */
};

/* The kernel does it itself for most pairs of file systems; elsewhere it says one of these. */
static bool must_be_by_hand(int e)
{
    return e == EXDEV || e == EINVAL || e == EOPNOTSUPP || e == ENOSYS || e == EBADF || e == ETXTBSY;
}

/* Copies what `buf` can take at once. */
static ssize_t copy_chunk(const struct copy *c, uint64_t at, char *buf, size_t len)
{
    ssize_t n = fd_pread(c->from, buf, len, c->offset + at);
    int r;

    if (n <= 0)
        return n < 0 ? n : -EIO; /* the file has become shorter than it says */
    r = fd_pwrite(c->to, buf, (size_t)n, at);
    return r < 0 ? r : n;
}

static int copy_by_hand(struct copy *c, uint64_t at, uint64_t end)
{
    if (!c->buf && !(c->buf = malloc(CHUNK)))
        return -ENOMEM;
    while (at < end) {
        ssize_t n = copy_chunk(c, at, c->buf, end - at < CHUNK ? (size_t)(end - at) : CHUNK);

        if (n < 0)
            return (int)n;
        at += (uint64_t)n;
    }
    return 0;
}

static int copy_small(const struct copy *c, uint64_t at, uint64_t end)
{
    char buf[SMALL];

    while (at < end) {
        ssize_t n = copy_chunk(c, at, buf, (size_t)(end - at));

        if (n < 0)
            return (int)n;
        at += (uint64_t)n;
    }
    return 0;
}

/* Copies the bytes at .. end - 1 of the target. */
static int copy_range(struct copy *c, uint64_t at, uint64_t end)
{
    if (end - at <= SMALL)
        return copy_small(c, at, end);
    while (!c->by_hand && at < end) {
        off_t in = (off_t)(c->offset + at), out = (off_t)at;
        ssize_t n = copy_file_range(c->from, &in, c->to, &out, end - at, 0);

        if (n > 0) {
            at += (uint64_t)n;
        } else if (n == 0) {
            return -EIO;
        } else if (must_be_by_hand(errno)) {
            c->by_hand = true;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return at < end ? copy_by_hand(c, at, end) : 0;
}

/* The next run of data at or behind `at`: 1, or 0 when there is none before `size`. */
static int next_data(const struct copy *c, uint64_t at, uint64_t size, uint64_t *ret_start, uint64_t *ret_end)
{
    off_t start = lseek(c->from, (off_t)(c->offset + at), SEEK_DATA), end;

    if (start < 0 && errno == ENXIO)
        return 0;
    if (start < 0) {
        /* A file system that does not say: all of it is data. */
        *ret_start = at;
        *ret_end = size;
        return 1;
    }
    if ((uint64_t)start - c->offset >= size)
        return 0;
    end = lseek(c->from, start, SEEK_HOLE);
    *ret_start = (uint64_t)start - c->offset;
    *ret_end = end < 0 || (uint64_t)end - c->offset > size ? size : (uint64_t)end - c->offset;
    return *ret_end > *ret_start;
}

/* Small, and no block of it is missing: not worth asking where its data is. */
static bool is_plain(const struct stat *st, uint64_t size)
{
    return size <= SMALL && (uint64_t)st->st_blocks * 512 >= (uint64_t)st->st_size;
}

static int set_size(int fd, uint64_t size)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && (uint64_t)st.st_size == size)
        return 0;
    return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

int copy_content(int from, uint64_t offset, uint64_t size, int to)
{
    struct copy c = {.from = from, .to = to, .offset = offset};
    uint64_t at = 0, start;
    struct stat st;
    int r = fstat(from, &st) < 0 ? -errno : 0;

    /* What is behind the end would pass for a hole. */
    if (r == 0 && (uint64_t)st.st_size < offset + size)
        r = -EIO;
    if (r == 0 && is_plain(&st, size))
        r = copy_range(&c, 0, at = size);
    while (r == 0 && at < size && next_data(&c, at, size, &start, &at) > 0)
        r = copy_range(&c, start, at);
    free(c.buf);
    return r < 0 ? r : set_size(to, size);
}

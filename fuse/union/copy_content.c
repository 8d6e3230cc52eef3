/* SPDX-License-Identifier: Apache-2.0 */
#include "union/copy_content.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/copy.h"

#define CHUNK (256u << 10)

/* Up to this, one read and one write cost less than asking the kernel to copy. */
#define SMALL (16u << 10)

struct copy {
    int from, to;
    uint64_t offset; /* of `from`, where byte 0 of `to` is */
    char *buf;       /* CHUNK bytes, once it is known that the kernel does not copy between these two */
};

static ssize_t copy_small(const struct copy *c, uint64_t at, size_t len)
{
    char buf[SMALL];

    return copy_by_hand(c->from, c->offset + at, c->to, at, buf, len);
}

static ssize_t copy_large(struct copy *c, uint64_t at, size_t len)
{
    if (!c->buf) {
        ssize_t n = copy_by_kernel(c->from, c->offset + at, c->to, at, len);

        if (n != -EXDEV)
            return n;
        c->buf = malloc(CHUNK);
        if (!c->buf)
            return -ENOMEM;
    }
    return copy_by_hand(c->from, c->offset + at, c->to, at, c->buf, len < CHUNK ? len : CHUNK);
}

/* Copies the bytes at .. end - 1 of the target. */
static int copy_range(struct copy *c, uint64_t at, uint64_t end)
{
    while (at < end) {
        size_t len = (size_t)(end - at);
        ssize_t n = len <= SMALL ? copy_small(c, at, len) : copy_large(c, at, len);

        if (n <= 0)
            return n < 0 ? (int)n : -EIO; /* the file has become shorter than it says */
        at += (uint64_t)n;
    }
    return 0;
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

int copy_content(int from, uint64_t offset, uint64_t size, int to, uint64_t to_size)
{
    struct copy c = {.from = from, .to = to, .offset = offset};
    uint64_t at = 0, start, copied = 0;
    struct stat st;
    int r = fstat(from, &st) < 0 ? -errno : 0;

    /* What is behind the end would pass for a hole. */
    if (r == 0 && (uint64_t)st.st_size < offset + size)
        r = -EIO;
    if (r == 0 && is_plain(&st, size))
        r = copy_range(&c, 0, copied = at = size);
    while (r == 0 && at < size && next_data(&c, at, size, &start, &at) > 0)
        r = copy_range(&c, start, copied = at);
    free(c.buf);
    /* Behind a hole at the end nothing has been written. */
    if (r == 0 && (copied < size || to_size > size))
        r = ftruncate(to, (off_t)size) < 0 ? -errno : 0;
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "os/copy_content.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/copy.h"

#define CHUNK (256u << 10)

/* Up to this size one read and one write are cheaper than copy_file_range(2). */
#define SMALL (16u << 10)

struct copy {
    int from, to;
    uint64_t offset; /* of byte 0 of `to` in `from` */
    char *buf;       /* of CHUNK bytes, once copy_file_range(2) is known to fail between these files */
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

/* Copy the bytes from `at` to `end` - 1 of the target. */
static int copy_range(struct copy *c, uint64_t at, uint64_t end)
{
    while (at < end) {
        size_t len = (size_t)(end - at);
        ssize_t n = len <= SMALL ? copy_small(c, at, len) : copy_large(c, at, len);

        if (n <= 0)
            return n < 0 ? (int)n : -EIO; /* the file is shorter than its size said */
        at += (uint64_t)n;
    }
    return 0;
}

/* Find the next run of data at or after `at`: 1, or 0 when there is none before `size`. */
static int next_data(const struct copy *c, uint64_t at, uint64_t size, uint64_t *ret_start, uint64_t *ret_end)
{
    off_t start = lseek(c->from, (off_t)(c->offset + at), SEEK_DATA), end;

    if (start < 0 && errno == ENXIO)
        return 0;
    if (start < 0) {
        /* Without SEEK_DATA all of the file counts as data. */
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

/* Small and without holes: skip the search for data. */
static bool is_plain(uint64_t blocks, uint64_t file_size, uint64_t size)
{
    return size <= SMALL && blocks * 512 >= file_size;
}

/* Copy the runs of data; returns in *ret_end where the last ended. */
static int copy_data(struct copy *c, uint64_t size, uint64_t *ret_end)
{
    uint64_t at = 0, start;
    struct stat st;
    int r = fstat(c->from, &st) < 0 ? -errno : 0;

    /* Reading beyond the end would look like a hole. */
    if (r == 0 && (uint64_t)st.st_size < c->offset + size)
        r = -EIO;
    if (r == 0 && is_plain((uint64_t)st.st_blocks, (uint64_t)st.st_size, size))
        r = copy_range(c, 0, *ret_end = at = size);
    while (r == 0 && at < size && next_data(c, at, size, &start, &at) > 0)
        r = copy_range(c, start, *ret_end = at);
    return r;
}

int copy_content(int from, uint64_t offset, uint64_t size, uint64_t blocks, int to, uint64_t to_size)
{
    struct copy c = {.from = from, .to = to, .offset = offset};
    uint64_t copied = 0;
    int r;

    if (is_plain(blocks, size, size))
        r = copy_range(&c, 0, copied = size);
    else
        r = copy_data(&c, size, &copied);
    free(c.buf);
    /* Extend the file: a hole at the end has not been written. */
    if (r == 0 && (copied < size || to_size > size))
        r = ftruncate(to, (off_t)size) < 0 ? -errno : 0;
    return r;
}

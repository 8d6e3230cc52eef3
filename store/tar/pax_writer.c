/* SPDX-License-Identifier: Apache-2.0 */
#include "tar/pax_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/array.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tar/pax_header.h"

#define CHUNK (128u << 10)

struct pax_writer {
    pax_write_fn write;
    void *ctx;
    struct buf header;
    char *room;             /* CHUNK bytes */
    uint64_t body, missing; /* of the entry that was begun */
};

static const char zeros[2 * TAR_BLOCK];

struct pax_writer *pax_writer_new(pax_write_fn write, void *ctx)
{
    struct pax_writer *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    *w = (struct pax_writer){.write = write, .ctx = ctx, .header = BUF_INIT, .room = malloc(CHUNK)};
    if (w->room)
        return w;
    free(w);
    return NULL;
}

void pax_writer_free(struct pax_writer *w)
{
    if (!w)
        return;
    buf_free(&w->header);
    free(w->room);
    free(w);
}

static int put_header(struct pax_writer *w, const struct pax_entry *e, uint64_t body, int sparse)
{
    int r;

    w->header.len = 0;
    r = pax_header(e, body, sparse, &w->header);
    return r < 0 ? r : w->write(w->ctx, w->header.data, w->header.len);
}

static int put_padding(struct pax_writer *w, uint64_t body)
{
    size_t over = body % TAR_BLOCK;

    return over ? w->write(w->ctx, zeros, TAR_BLOCK - over) : 0;
}

int pax_writer_add(struct pax_writer *w, const struct pax_entry *e)
{
    return put_header(w, e, 0, 0);
}

int pax_writer_begin(struct pax_writer *w, const struct pax_entry *e)
{
    w->body = w->missing = e->size;
    return put_header(w, e, e->size, 0);
}

int pax_writer_more(struct pax_writer *w, const void *data, size_t len)
{
    if (len > w->missing)
        return -EIO;
    w->missing -= len;
    return w->write(w->ctx, data, len);
}

int pax_writer_finish(struct pax_writer *w)
{
    return w->missing ? -EIO : put_padding(w, w->body);
}

int pax_writer_add_bytes(struct pax_writer *w, const struct pax_entry *e, const void *data)
{
    int r = pax_writer_begin(w, e);

    if (r == 0 && e->size > 0)
        r = pax_writer_more(w, data, e->size);
    return r < 0 ? r : pax_writer_finish(w);
}

static int put_extent(struct pax_writer *w, int fd, uint64_t offset, uint64_t len)
{
    while (len > 0) {
        size_t want = len < CHUNK ? (size_t)len : CHUNK;
        ssize_t n = fd_pread(fd, w->room, want, offset);
        int r = n < 0 ? (int)n : (size_t)n < want ? -EIO : w->write(w->ctx, w->room, want);

        if (r < 0)
            return r;
        offset += want;
        len -= want;
    }
    return 0;
}

/* ---- holes */

struct extent {
    uint64_t offset, len; /* within the file */
};
struct extents {
    struct extent *list;
    size_t n;
    uint64_t sum;
};

static int add_extent(struct extents *x, uint64_t at, uint64_t len)
{
    struct extent *more = array_room(x->list, x->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    x->list = more;
    x->list[x->n++] = (struct extent){at, len};
    x->sum += len;
    return 0;
}

/* Refuses a file that is too short: the range after its end would look like a hole. */
static int check_length(int fd, uint64_t offset, uint64_t size)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    return (uint64_t)st.st_size < offset || (uint64_t)st.st_size - offset < size ? -EIO : 0;
}

/* Finds the ranges with data. A file system without holes reports the whole file. */
static int find_extents(int fd, uint64_t offset, uint64_t size, struct extents *x)
{
    uint64_t at = 0;
    int r = check_length(fd, offset, size);

    while (r == 0 && at < size) {
        off_t data = lseek(fd, (off_t)(offset + at), SEEK_DATA), hole;

        if (data < 0 && errno == ENXIO)
            break;
        if (data < 0 || (hole = lseek(fd, data, SEEK_HOLE)) < 0)
            return errno == EINVAL && at == 0 ? add_extent(x, 0, size) : -errno;
        at = (uint64_t)data - offset;
        if (at >= size)
            break;
        uint64_t end = (uint64_t)hole - offset < size ? (uint64_t)hole - offset : size;

        r = add_extent(x, at, end - at);
        at = end;
    }
    return r;
}

/* The map in front of the data: how many extents, and of each the offset and the length, a line each. One of
 * no bytes at the end says how long the file is. */
static int make_map(const struct extents *x, uint64_t size, struct buf *ret)
{
    const struct extent *last = x->n ? &x->list[x->n - 1] : NULL;
    int ends_in_hole = !last || last->offset + last->len < size;
    int r = buf_printf(ret, "%zu\n", x->n + (size_t)ends_in_hole);
    size_t over;

    for (size_t i = 0; r == 0 && i < x->n; i++)
        r = buf_printf(ret, "%" PRIu64 "\n%" PRIu64 "\n", x->list[i].offset, x->list[i].len);
    if (r == 0 && ends_in_hole)
        r = buf_printf(ret, "%" PRIu64 "\n0\n", size);
    over = ret->len % TAR_BLOCK;
    return r == 0 && over ? buf_append(ret, zeros, TAR_BLOCK - over) : r;
}

static int add_sparse(struct pax_writer *w, const struct pax_entry *e, int fd, uint64_t offset,
                      const struct extents *x)
{
    cleanup_buf struct buf map = BUF_INIT;
    int r = make_map(x, e->size, &map);

    if (r == 0)
        r = put_header(w, e, map.len + x->sum, 1);
    if (r == 0)
        r = w->write(w->ctx, map.data, map.len);
    for (size_t i = 0; r == 0 && i < x->n; i++)
        r = put_extent(w, fd, offset + x->list[i].offset, x->list[i].len);
    return r < 0 ? r : put_padding(w, x->sum);
}

int pax_writer_add_file(struct pax_writer *w, const struct pax_entry *e, int fd, uint64_t offset)
{
    struct extents x = {.list = NULL};
    int r = find_extents(fd, offset, e->size, &x);

    if (r == 0 && x.sum < e->size) {
        r = add_sparse(w, e, fd, offset, &x);
    } else if (r == 0) {
        r = put_header(w, e, e->size, 0);
        if (r == 0)
            r = put_extent(w, fd, offset, e->size);
        if (r == 0)
            r = put_padding(w, e->size);
    }
    free(x.list);
    return r;
}

int pax_writer_end(struct pax_writer *w)
{
    return w->write(w->ctx, zeros, sizeof zeros);
}

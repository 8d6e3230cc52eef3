/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathers small contents in a buffer, so that one system call writes many of them to the pack; writes large runs
 * directly from the caller's memory. Starts writeback early, in steps, so that the transaction's one syncfs has
 * little left to do.
 */
#include "import/content.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "os/fd.h"
#include "tree/index.h"

#define PAGE           4096u
#define SMALL_ALIGN    8u
#define BUFFER         (512u << 10)
#define DIRECT         (64u << 10) /* longer runs are written without the buffer */
#define WRITEBACK      (8u << 20)
#define SECTORS_A_PAGE (PAGE / 512)

struct content {
    int dirfd; /* borrowed */
    int pack, files;
    uint64_t next_file;
    uint8_t *buf; /* `fill` bytes for offset `buf_at` of the pack */
    size_t fill;
    uint64_t buf_at;
    uint64_t pack_end;     /* end of the last content, its trailing hole included */
    uint64_t written_back; /* writeback was started up to this offset of the pack */
    XXH3_state_t *hash;

    /* the current content */
    int own; /* its own file, or -1 */
    uint64_t size, start, pos;
    uint64_t pages, next_page; /* allocated pages so far; the first page not yet counted */
};

static int write_failed(struct err *err, int r)
{
    return err_errno(err, -r, "writing the layer's contents");
}

int content_new(int dirfd, struct content **ret, struct err *err)
{
    struct content *c = calloc(1, sizeof(*c));

    if (!c)
        return err_errno(err, ENOMEM, "writing the layer's contents");
    c->dirfd = dirfd;
    c->pack = c->files = c->own = -1;
    c->next_file = 1;
    c->hash = XXH3_createState();
    if (!c->hash || posix_memalign((void **)&c->buf, PAGE, BUFFER) != 0) {
        content_free(c);
        return err_errno(err, ENOMEM, "writing the layer's contents");
    }
    c->pack = openat(dirfd, "pack", O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (c->pack < 0) {
        int e = errno;

        content_free(c);
        return err_errno(err, e, "making the layer's pack");
    }
    *ret = c;
    return 0;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void content_free(struct content *c)
{
    if (!c)
        return;
    close_if_open(c->own);
    close_if_open(c->files);
    close_if_open(c->pack);
    XXH3_freeState(c->hash);
    free(c->buf);
    free(c);
}

/* Only a hint: a file system that does not support it is written back by syncfs. */
static void start_writeback(int fd, uint64_t from, uint64_t to)
{
    (void)sync_file_range(fd, (off_t)from, (off_t)(to - from), SYNC_FILE_RANGE_WRITE);
}

static int pack_write(struct content *c, const void *data, size_t len, uint64_t at)
{
    int r = fd_pwrite(c->pack, data, len, at);

    if (r < 0)
        return r;
    if (at + len - c->written_back >= WRITEBACK) {
        start_writeback(c->pack, c->written_back, at + len);
        c->written_back = at + len;
    }
    return 0;
}

static int flush(struct content *c)
{
    int r = c->fill ? pack_write(c, c->buf, c->fill, c->buf_at) : 0;

    c->buf_at += c->fill;
    c->fill = 0;
    return r;
}

/* Moves the buffer's next byte to `at`. Fills gaps below a page with zeros: no file system could keep them as
 * holes. */
static int buffer_seek(struct content *c, uint64_t at)
{
    uint64_t gap = at - (c->buf_at + c->fill);

    if (gap > 0 && gap < PAGE && c->fill > 0 && c->fill + gap <= BUFFER) {
        memset(c->buf + c->fill, 0, gap);
        c->fill += gap;
        return 0;
    }
    if (gap > 0) {
        int r = flush(c);

        if (r < 0)
            return r;
        c->buf_at = at;
    }
    return 0;
}

static int pack_append(struct content *c, const uint8_t *data, size_t len, uint64_t at)
{
    int r = buffer_seek(c, at);

    if (r < 0)
        return r;
    if (len >= DIRECT) {
        r = flush(c);
        if (r == 0)
            r = pack_write(c, data, len, at);
        c->buf_at = at + len;
        return r;
    }
    while (len > 0) {
        size_t n = BUFFER - c->fill < len ? BUFFER - c->fill : len;

        memcpy(c->buf + c->fill, data, n);
        c->fill += n;
        data += n;
        len -= n;
        if (c->fill == BUFFER) {
            r = flush(c);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

static int open_own_file(struct content *c)
{
    char name[24];

    if (c->files < 0) {
        if (mkdirat(c->dirfd, "files", 0700) < 0)
            return -errno;
        c->files = openat(c->dirfd, "files", O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (c->files < 0)
            return -errno;
    }
    snprintf(name, sizeof(name), "%" PRIu64, c->next_file);
    c->own = openat(c->files, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    return c->own < 0 ? -errno : 0;
}

static uint64_t align_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) & ~(to - 1);
}

int content_begin(struct content *c, uint64_t size, struct err *err)
{
    XXH3_64bits_reset(c->hash);
    c->size = size;
    c->pos = c->pages = c->next_page = 0;
    if (size >= CONTENT_OWN_FILE) {
        int r = open_own_file(c);

        if (r < 0)
            return err_errno(err, -r, "making a file for a content of %" PRIu64 " bytes", size);
        c->start = c->next_file++;
        return 0;
    }
    c->start = align_up(c->pack_end, size >= PAGE ? PAGE : SMALL_ALIGN);
    return 0;
}

static void hash_zeros(struct content *c, uint64_t n)
{
    static const uint8_t zeros[64u << 10];

    while (n > 0) {
        size_t len = n < sizeof(zeros) ? (size_t)n : sizeof(zeros);

        XXH3_64bits_update(c->hash, zeros, len);
        n -= len;
    }
}

static void count_pages(struct content *c, uint64_t offset, size_t len)
{
    uint64_t first = offset / PAGE, end = (offset + len - 1) / PAGE + 1;

    if (first < c->next_page)
        first = c->next_page;
    c->pages += end - first;
    c->next_page = end;
}

int content_write(struct content *c, const void *data, size_t len, uint64_t offset, struct err *err)
{
    int r;

    if (len == 0)
        return 0;
    if (offset < c->pos || offset > c->size || len > c->size - offset)
        return -EINVAL;
    hash_zeros(c, offset - c->pos);
    XXH3_64bits_update(c->hash, data, len);
    count_pages(c, offset, len);
    c->pos = offset + len;
    r = c->own >= 0 ? fd_pwrite(c->own, data, len, offset) : pack_append(c, data, len, c->start + offset);
    return r < 0 ? write_failed(err, r) : 0;
}

static int end_own_file(struct content *c)
{
    int r = 0;

    if (c->pos < c->size && ftruncate(c->own, (off_t)c->size) < 0)
        r = -errno;
    start_writeback(c->own, 0, 0);
    if (close(c->own) < 0 && r == 0)
        r = -errno;
    c->own = -1;
    return r;
}

int content_end(struct content *c, struct content_place *ret, struct err *err)
{
    hash_zeros(c, c->size - c->pos);
    *ret = (struct content_place){
        .place = c->start, .blocks = c->pages * SECTORS_A_PAGE, .hash = XXH3_64bits_digest(c->hash)};
    if (c->own >= 0) {
        int r = end_own_file(c);

        ret->flags = INODE_OWN_FILE;
        return r < 0 ? write_failed(err, r) : 0;
    }
    c->pack_end = c->start + c->size;
    return 0;
}

int content_finish(struct content *c, struct err *err)
{
    int r = flush(c);

    if (r == 0 && c->pack_end > c->buf_at && ftruncate(c->pack, (off_t)c->pack_end) < 0)
        r = -errno;
    return r < 0 ? write_failed(err, r) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "import/pack_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/content.h"
#include "import/linked_packs.h"
#include "indexing/places_writer.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tree/index_format.h"

#define PAGE      INDEX_PACK_PAGE
#define FULL      (512u << 10)                     /* a buffer with so much is written out */
#define BUFFER    (FULL + PAGE + CONTENT_OWN_FILE) /* so that any content fits behind it */
#define WRITEBACK (8u << 20)

/* Another thread may write out the buffer, to compare a content with one in it. So the layer's lock guards `fill`,
 * `flushed` and `buf_at`, and the buffer's first `fill` bytes do not change. */
struct pack_writer {
    int dirfd; /* borrowed */
    int fd;
    struct known_layer *layer; /* borrowed, or NULL */
    uint8_t *buf; /* `fill` bytes for offset `buf_at` of the pack, of which `flushed` are written */
    size_t fill, flushed;
    uint64_t buf_at;
    uint64_t end;          /* of the last content, its trailing hole included */
    uint64_t written_back; /* writeback was started up to this offset of the pack */
    int error;             /* of a write by another thread */
    struct linked_packs *packs;
    uint8_t *other;    /* a candidate's bytes */
    struct buf places; /* struct place */

    /* the current content */
    uint64_t start, size;
    size_t pos; /* of its first byte in the buffer */
    size_t got; /* bytes of it that are in the buffer */
};

static void lock(struct pack_writer *w)
{
    if (w->layer)
        known_layer_lock(w->layer);
}

static void unlock(struct pack_writer *w)
{
    if (w->layer)
        known_layer_unlock(w->layer);
}

/* Only a hint: a file system that does not support it is written back by syncfs. */
static void start_writeback(struct pack_writer *w, uint64_t end)
{
    if (end < w->written_back + WRITEBACK)
        return;
    (void)sync_file_range(w->fd, (off_t)w->written_back, (off_t)(end - w->written_back),
                          SYNC_FILE_RANGE_WRITE);
    w->written_back = end;
}

/* Writes the buffer's bytes; they stay in it. */
static int write_out(struct pack_writer *w)
{
    int r = w->flushed < w->fill
                ? fd_pwrite(w->fd, w->buf + w->flushed, w->fill - w->flushed, w->buf_at + w->flushed)
                : 0;

    if (r < 0)
        return r;
    w->flushed = w->fill;
    start_writeback(w, w->buf_at + w->fill);
    return w->error;
}

/* known_layer_writes */
static void flush_to(void *ctx, uint64_t to)
{
    struct pack_writer *w = ctx;
    int r = to > w->buf_at + w->flushed ? write_out(w) : 0;

    if (r < 0)
        w->error = r;
}

/* Empties the buffer; its next byte is for offset `at` of the pack. */
static int empty(struct pack_writer *w, uint64_t at)
{
    int r = write_out(w);

    w->fill = w->flushed = 0;
    w->buf_at = at;
    return r;
}

static int allocate(struct pack_writer *w)
{
    w->packs = linked_packs_new(w->dirfd);
    if (!w->packs || posix_memalign((void **)&w->buf, PAGE, BUFFER) != 0)
        return -ENOMEM;
    if (!w->layer)
        return 0;
    w->other = malloc(CONTENT_OWN_FILE);
    if (!w->other)
        return -ENOMEM;
    known_layer_writes(w->layer, flush_to, w);
    return 0;
}

int pack_writer_new(int dirfd, struct known_layer *layer, struct pack_writer **ret)
{
    struct pack_writer *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return -ENOMEM;
    w->dirfd = dirfd;
    w->layer = layer;
    w->fd = openat(dirfd, "pack", O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
    r = w->fd < 0 ? -errno : allocate(w);
    if (r < 0) {
        pack_writer_free(w);
        return r;
    }
    *ret = w;
    return 0;
}

void pack_writer_free(struct pack_writer *w)
{
    if (!w)
        return;
    if (w->layer) {
        known_layer_lock(w->layer);
        known_layer_done(w->layer, w->places.len > 0);
        known_layer_unlock(w->layer);
    }
    if (w->fd >= 0)
        close(w->fd);
    linked_packs_free(w->packs);
    buf_free(&w->places);
    free(w->other);
    free(w->buf);
    free(w);
}

static uint64_t align_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) & ~(to - 1);
}

int pack_writer_begin(struct pack_writer *w, uint64_t size, uint64_t *ret_place)
{
    uint64_t start = align_up(w->end, size >= PAGE ? PAGE : INDEX_PACK_ALIGN), gap;
    int r = 0;

    lock(w);
    gap = start - (w->buf_at + w->fill);
    if (w->fill >= FULL || (w->fill && gap >= PAGE))
        r = empty(w, start);
    else if (w->fill == 0)
        w->buf_at = start;
    unlock(w);
    w->start = start;
    w->size = size;
    w->pos = (size_t)(start - w->buf_at);
    /* Gaps below a page are filled with zeros: no file system could keep them as holes. */
    memset(w->buf + w->fill, 0, w->pos - w->fill);
    w->got = 0;
    *ret_place = start;
    return r;
}

/* Fills the current content with zeros up to `to`. */
static void fill_hole(struct pack_writer *w, uint64_t to)
{
    memset(w->buf + w->pos + w->got, 0, (size_t)to - w->got);
    w->got = (size_t)to;
}

void pack_writer_put(struct pack_writer *w, const void *data, size_t len, uint64_t offset)
{
    fill_hole(w, offset);
    memcpy(w->buf + w->pos + offset, data, len);
    w->got += len;
}

static bool is_zero(const uint8_t *p, size_t len)
{
    return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* Writes a content with holes past the buffer, so that they stay holes. */
static int write_sparse(struct pack_writer *w)
{
    int r = 0;

    for (uint64_t at = 0; r == 0 && at < w->size; at += PAGE) {
        size_t len = w->size - at < PAGE ? (size_t)(w->size - at) : PAGE;

        if (!is_zero(w->buf + w->pos + at, len))
            r = fd_pwrite(w->fd, w->buf + w->pos + at, len, w->start + at);
    }
    return r < 0 ? r : empty(w, w->start + w->size);
}

/* Keeps the current content in the pack. Called with the lock held. */
static int keep(struct pack_writer *w, uint64_t pages)
{
    if (w->error < 0)
        return w->error;
    if (pages < (w->size + PAGE - 1) / PAGE)
        return write_sparse(w);
    w->fill = w->pos + (size_t)w->size;
    return 0;
}

/* Compares with an earlier content of this layer. Only this thread moves the buffer. */
static bool equals_own(struct pack_writer *w, const struct known_content *c)
{
    const uint8_t *bytes = w->other;

    if (c->at >= w->buf_at)
        bytes = w->buf + (c->at - w->buf_at);
    else if (fd_pread(w->fd, w->other, w->size, c->at) != (ssize_t)w->size)
        return false;
    return memcmp(bytes, w->buf + w->pos, w->size) == 0;
}

/* Is the current content equal to the candidate? Sets the pack that has it. */
static bool equals(struct pack_writer *w, const struct known_content *c, uint32_t *ret_pack)
{
    if (c->pack == KNOWN_FILE || c->size != w->size)
        return false;
    *ret_pack = PLACES_OWN_PACK;
    if (c->layer == w->layer && c->pack == PLACES_OWN_PACK)
        return equals_own(w, c);
    if (linked_packs_get(w->packs, c->layer, c->pack, ret_pack) < 0)
        return false;
    known_layer_flush(c->layer, c->at + c->size);
    return linked_packs_read(w->packs, *ret_pack, w->other, w->size, c->at) == 0 &&
           memcmp(w->other, w->buf + w->pos, w->size) == 0;
}

/* 1: the content is one of the candidates, 0: it is not. */
static int share(struct pack_writer *w, const struct known_content *candidates, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct place p = {.from = w->start, .at = candidates[i].at, .size = (uint32_t)w->size};
        int r;

        if (!equals(w, &candidates[i], &p.pack))
            continue;
        r = buf_append(&w->places, &p, sizeof(p));
        if (r == 0)
            linked_packs_use(w->packs, p.pack);
        return r < 0 ? r : 1;
    }
    return 0;
}

int pack_writer_end(struct pack_writer *w, uint64_t hash, uint64_t pages)
{
    struct known_content found[KNOWN_MAX],
        own = {.hash = hash, .size = w->size, .at = w->start, .layer = w->layer, .pack = PLACES_OWN_PACK};
    size_t n = 0;
    int r = 0;

    fill_hole(w, w->size);
    lock(w);
    /* A thread that finds the content in the table waits for the lock, and so for its bytes. */
    if (w->layer && w->size)
        n = known_find_or_add(known_of_layer(w->layer), &own, found);
    if (n == 0)
        r = keep(w, pages);
    unlock(w);
    if (n > 0) {
        r = share(w, found, n);
        if (r == 0) {
            lock(w);
            known_add(known_of_layer(w->layer), &own);
            r = keep(w, pages);
            unlock(w);
        }
    }
    w->end = w->start + w->size;
    return r < 0 ? r : 0;
}

static int write_places(struct pack_writer *w)
{
    cleanup_fd int fd = -1;
    int r = linked_packs_finish(w->packs, w->places.len > 0);

    if (r < 0 || !w->places.len)
        return r;
    fd = openat(w->dirfd, PLACES_NAME, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    r = places_write(fd, (const struct place *)(const void *)w->places.data,
                     w->places.len / sizeof(struct place));
    /* A program that does not know the table finds no pack, and does not read holes as zeros. */
    return r == 0 && renameat(w->dirfd, "pack", w->dirfd, "packs/0") < 0 ? -errno : r;
}

int pack_writer_finish(struct pack_writer *w)
{
    int r;

    lock(w);
    r = empty(w, w->end);
    if (r == 0 && ftruncate(w->fd, (off_t)w->end) < 0)
        r = -errno;
    if (r == 0)
        r = write_places(w);
    if (w->layer)
        known_layer_done(w->layer, w->places.len > 0);
    unlock(w);
    return r;
}

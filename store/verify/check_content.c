/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the contents of a layer with their checksums. Reads the pack in large pieces from front to back: a system
 * call for each small file would cost more than the file. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "verify/check.h"
#include "verify/finding.h"
#include "verify/work.h"

#define WINDOW (512u << 10)

/* A window on a pack, and the file with the current content. */
struct reader {
    struct check *check;
    struct object *object;
    int layer, pack; /* the pack: a descriptor or a negative errno */
    uint32_t number; /* of the pack */
    uint8_t *buf;
    uint64_t buf_offset; /* offset of buf's `fill` bytes in the pack */
    size_t fill;
    XXH3_state_t *hash;
};

static void bad(struct object *o, const struct content_ref *ref, int error)
{
    atomic_store(&o->bad_inode, ref->inode);
    if (error)
        atomic_store(&o->bad_error, error);
    atomic_fetch_add(&o->bad_contents, 1);
}

/* Hashes a content larger than the window, or in its own file. -EUCLEAN if the file is too short. */
static int hash_long(struct reader *r, int fd, uint64_t at, uint64_t size, uint64_t *ret)
{
    r->fill = 0;
    XXH3_64bits_reset(r->hash);
    while (size > 0) {
        size_t len = size < WINDOW ? (size_t)size : WINDOW;
        ssize_t n = check_cancelled(r->check) ? -ECANCELED : fd_pread(fd, r->buf, len, at);

        if (n < 0)
            return (int)n;
        if ((size_t)n < len)
            return -EUCLEAN;
        XXH3_64bits_update(r->hash, r->buf, len);
        check_progress(r->check, len);
        at += len;
        size -= len;
    }
    *ret = XXH3_64bits_digest(r->hash);
    return 0;
}

/* Fills the window from offset `at`. */
static int fill(struct reader *r, uint64_t at)
{
    ssize_t n = check_cancelled(r->check) ? -ECANCELED : fd_pread(r->pack, r->buf, WINDOW, at);

    r->fill = n < 0 ? 0 : (size_t)n;
    r->buf_offset = at;
    return n < 0 ? (int)n : 0;
}

static int hash_short(struct reader *r, const struct content_ref *ref, uint64_t *ret)
{
    if (ref->place < r->buf_offset || ref->place + ref->size > r->buf_offset + r->fill) {
        int e = fill(r, ref->place);

        if (e < 0)
            return e;
        if (ref->size > r->fill)
            return -EUCLEAN;
    }
    *ret = XXH3_64bits(r->buf + (ref->place - r->buf_offset), (size_t)ref->size);
    check_progress(r->check, ref->size);
    return 0;
}

static int open_own(const struct reader *r, uint64_t number)
{
    char path[40];

    snprintf(path, sizeof path, "files/%" PRIu64, number);
    return beneath_open(r->layer, path, O_RDONLY | O_NONBLOCK, 0);
}

static void open_pack(struct reader *r, uint32_t number)
{
    char path[PLACES_PATH_MAX];

    if (r->pack >= 0)
        close(r->pack);
    r->number = number;
    r->fill = 0;
    r->pack = r->layer < 0 ? r->layer
                           : beneath_open(r->layer, places_pack_path(r->object->places, number, path),
                                          O_RDONLY | O_NONBLOCK, 0);
}

/* Computes the checksum of the stored bytes. */
static int hash_content(struct reader *r, const struct content_ref *ref, uint64_t *ret)
{
    if (ref->own) {
        cleanup_fd int fd = open_own(r, ref->place);

        return fd < 0 ? fd : hash_long(r, fd, 0, ref->size, ret);
    }
    if (r->number != ref->pack)
        open_pack(r, ref->pack);
    if (r->pack < 0) /* opening an empty file takes the pack, too */
        return r->pack;
    if (ref->size == 0) {
        *ret = XXH3_64bits(NULL, 0);
        return 0;
    }
    if (ref->place > INT64_MAX - ref->size)
        return -EUCLEAN;
    return ref->size > WINDOW ? hash_long(r, r->pack, ref->place, ref->size, ret) : hash_short(r, ref, ret);
}

/* Is an error of open or read more than a missing content? */
static int error_of(int r)
{
    return r == -ENOENT || r == -EUCLEAN || r == -ELOOP || r == -ENOTDIR || r == -EISDIR || r == -EXDEV ? 0
                                                                                                        : r;
}

static void check_all(struct reader *r, size_t from, size_t to)
{
    struct object *o = r->object;

    for (size_t i = from; i < to; i++) {
        const struct content_ref *ref = &o->refs[i];
        uint64_t hash;
        int e = hash_content(r, ref, &hash);

        if (check_is_trouble(e)) {
            check_failed(r->check, e, o->path);
            return;
        }
        if (e < 0 || hash != ref->hash)
            bad(o, ref, e < 0 ? error_of(e) : 0);
    }
}

void check_contents(struct check *c, struct object *o, size_t from, size_t to)
{
    cleanup_fd int layer = beneath_open(store_fd(c->s), o->path, O_RDONLY | O_DIRECTORY, 0);
    cleanup_free uint8_t *buf = malloc(WINDOW);
    struct reader r = {
        .check = c, .object = o, .layer = layer, .pack = -1, .buf = buf, .hash = XXH3_createState()};

    open_pack(&r, from < to ? o->refs[from].pack : PLACES_OWN_PACK);
    if (!buf || !r.hash)
        check_failed(c, -ENOMEM, o->path);
    else
        check_all(&r, from, to);
    if (r.pack >= 0)
        close(r.pack);
    XXH3_freeState(r.hash);
}

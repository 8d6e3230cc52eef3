/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files by node: opens have no state. */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "glue/job_pool.h"
#include "glue/ops.h"
#include "glue/reply.h"
#include "glue/reply_content.h"
#include "glue/scratch.h"
#include "os/fd.h"

/* Retries when a file is truncated between stat(2) and read(2). */
#define SHORT_READS_MAX 8

/* From this size on, splicing pages through a pipe is faster than two copies. */
#define SPLICED_MIN (32u << 10)

/* A READ: `len` bytes of content, from `offset` in its descriptor. */
struct read_job {
    struct job job;
    fuse_req_t req;
    uint64_t node, off;
    size_t size;
    struct tree_content content;
    uint64_t offset;
    size_t len;
};

/* Limit the length to the content, unless its size was not asked for. */
static void set_length(struct read_job *j)
{
    j->offset = j->content.offset + j->off;
    if (j->off >= j->content.size)
        j->len = 0;
    else
        j->len = j->size < j->content.size - j->off ? j->size : (size_t)(j->content.size - j->off);
}

/* Find the content, and limit the length to it. `later`: the size may be unasked. */
static int find_content(struct read_job *j, bool later)
{
    struct un *u = glue_of(j->req)->un;
    int r = later ? un_content_to_read(u, j->node, &j->content) : un_content(u, j->node, &j->content);

    if (r == 0)
        set_length(j);
    return r;
}

/* Ask a file system but once whether it supports RWF_NOWAIT. */
static ssize_t read_nowait(const struct tree_content *c, const struct iovec *iov, uint64_t at)
{
    ssize_t n;

    if (c->no_nowait && atomic_load_explicit(c->no_nowait, memory_order_relaxed)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    n = preadv2(c->fd, iov, 1, (off_t)at, RWF_NOWAIT);
    if (n < 0 && errno == EOPNOTSUPP && c->no_nowait)
        atomic_store_explicit(c->no_nowait, true, memory_order_relaxed);
    return n;
}

/* Read cached content without waiting, into the thread's buffer. 1 if that was all of it, 0 if not, or an
 * error. A short read ends at the end of the content or of the cached part: the size decides. A file system
 * that does not support RWF_NOWAIT is usually one in memory. */
static int read_at_once(struct read_job *j, char **ret_buf)
{
    struct iovec iov = {.iov_base = scratch_get(j->len), .iov_len = j->len};
    ssize_t n;

    *ret_buf = iov.iov_base;
    if (!iov.iov_base)
        return -ENOMEM;
    n = read_nowait(&j->content, &iov, j->offset);
    if (n < 0 && errno == EOPNOTSUPP)
        n = pread(j->content.fd, iov.iov_base, iov.iov_len, (off_t)j->offset);
    if (n != (ssize_t)j->len && j->content.size == TREE_SIZE_UNASKED) {
        int r = tree_content_ask(&j->content);

        if (r < 0)
            return r;
        set_length(j);
    }
    return n == (ssize_t)j->len || j->len == 0;
}

/* Is it all cached? Checks the first and last byte: then it was read before, or ahead. Pages between may be
 * missing; then all requests wait for them. */
static bool in_memory(const struct read_job *j)
{
    char byte;
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};

    return read_nowait(&j->content, &iov, j->offset) == 1 &&
           read_nowait(&j->content, &iov, j->offset + j->len - 1) == 1;
}

/* Read, put the content back, and return the number of bytes. */
static ssize_t read_content(struct read_job *j, char *buf)
{
    ssize_t n = fd_pread(j->content.fd, buf, j->len, j->offset);

    un_content_put(glue_of(j->req)->un, &j->content);
    return n;
}

static void do_read(struct job *job)
{
    struct read_job *j = (struct read_job *)job;
    struct glue *g = glue_of(j->req);
    bool complete = un_is_coherent(g->un);
    char *buf = scratch_get(j->size);
    ssize_t n;

    if (!buf) {
        un_content_put(g->un, &j->content);
        reply_error(j->req, -ENOMEM);
        return;
    }
    n = read_content(j, buf);
    /* A short read: a live file, or one of the branch, may have been truncated. A short image is damaged, and
     * the kernel would show zeros for the missing part. */
    for (int tries = 0; complete && n >= 0 && (size_t)n < j->len; tries++) {
        int r = find_content(j, false);

        n = r < 0 ? r : read_content(j, buf);
        if (tries == SHORT_READS_MAX && n >= 0 && (size_t)n < j->len)
            n = -EIO;
    }
    if (n < 0)
        reply_error(j->req, (int)n);
    else
        reply_bytes(j->req, buf, (size_t)n);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct read_job j = {
        .job = {.run = do_read}, .req = req, .node = ino, .off = (uint64_t)off, .size = size};
    char *buf = NULL;
    int r;

    (void)fi;
    statistics_add(&g->statistics, COUNT_READ, 1);
    r = find_content(&j, size < SPLICED_MIN);
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    if (g->may_splice && j.len >= SPLICED_MIN && in_memory(&j) &&
        reply_content(req, j.content.fd, j.offset, j.len)) {
        un_content_put(g->un, &j.content);
        return;
    }
    r = j.len == 0 ? 1 : read_at_once(&j, &buf);
    if (r != 0) {
        un_content_put(g->un, &j.content);
        if (r < 0)
            reply_error(req, r);
        else
            reply_bytes(req, buf, j.len);
        return;
    }
    statistics_add(&g->statistics, COUNT_READ_WAITED, 1);
    job_do(g->reads, &j.job, sizeof j, true);
}

/* Find data and holes in the underlying file, limited to the content's extent. */
static off_t seek_content(const struct tree_content *c, uint64_t off, int whence)
{
    off_t at;

    if (off >= c->size)
        return -ENXIO;
    at = lseek(c->fd, (off_t)(c->offset + off), whence);
    if (at < 0 && errno != ENXIO)
        return -errno;
    if (at < 0 || (uint64_t)at - c->offset >= c->size)
        return whence == SEEK_DATA ? -ENXIO : (off_t)c->size;
    return at - (off_t)c->offset;
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct tree_content c;
    off_t at;
    int r;

    (void)fi;
    statistics_add(&g->statistics, COUNT_LSEEK, 1);
    if (whence != SEEK_DATA && whence != SEEK_HOLE) {
        reply_error(req, -EINVAL);
        return;
    }
    r = un_content(g->un, ino, &c);
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    at = seek_content(&c, (uint64_t)off, whence);
    un_content_put(g->un, &c);
    if (at < 0)
        reply_error(req, (int)at);
    else
        fuse_reply_lseek(req, at);
}

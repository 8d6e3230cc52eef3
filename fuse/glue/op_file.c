/* SPDX-License-Identifier: Apache-2.0 */
/* The content of files, found by node: there is no state per open. */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "glue/ops.h"
#include "glue/read_pool.h"
#include "glue/reply.h"
#include "glue/scratch.h"

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);

    (void)ino;
    statistics_add(&g->statistics, COUNT_OPEN, 1);
    if (g->no_open) {
        reply_error(req, -ENOSYS);
        return;
    }
    fi->keep_cache = 1;
    fuse_reply_open(req, fi);
}

/* How many bytes of a request lie within the content. */
static size_t within(const struct tree_content *c, uint64_t off, size_t size)
{
    if (off >= c->size)
        return 0;
    return size < c->size - off ? size : (size_t)(c->size - off);
}

/* Reads what is in memory without waiting, into the thread's buffer. True when that was all of it. */
static bool read_at_once(const struct read_job *job, char **ret_buf)
{
    struct iovec iov = {.iov_base = scratch_get(job->len), .iov_len = job->len};

    *ret_buf = iov.iov_base;
    return iov.iov_base && preadv2(job->content.fd, &iov, 1, (off_t)job->at, RWF_NOWAIT) == (ssize_t)job->len;
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct read_job job = {.req = req};
    char *buf = NULL;
    int r;

    (void)fi;
    statistics_add(&g->statistics, COUNT_READ, 1);
    r = un_content(g->un, ino, &job.content);
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    job.at = job.content.offset + (uint64_t)off;
    job.len = within(&job.content, (uint64_t)off, size);
    if (job.len == 0 || read_at_once(&job, &buf)) {
        un_content_put(g->un, &job.content);
        reply_bytes(req, buf, job.len);
        return;
    }
    statistics_add(&g->statistics, COUNT_READ_WAITED, 1);
    if (!read_pool_take(g->pool, &job))
        read_job_do(g->un, &job);
}

/* Where data and holes are: asked of the file that the content lies in, and cut to the content's own extent.
 */
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

/* No file of an image has flags or commands of its own; ENOTTY is what programs expect to hear. */
void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg, struct fuse_file_info *fi,
              unsigned flags, const void *in, size_t in_size, size_t out_size)
{
    (void)ino, (void)cmd, (void)arg, (void)fi, (void)flags, (void)in, (void)in_size, (void)out_size;
    statistics_add(&glue_of(req)->statistics, COUNT_IOCTL, 1);
    reply_error(req, -ENOTTY);
}

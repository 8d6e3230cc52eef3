/* SPDX-License-Identifier: Apache-2.0 */
/* The content of files, found by node: there is no state per open. */
#include <errno.h>
#include <unistd.h>

#include "glue/ops.h"
#include "glue/reply.h"
#include "glue/scratch.h"
#include "os/fd.h"

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

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct tree_content c;
    size_t len;
    char *buf;
    ssize_t n;
    int r;

    (void)fi;
    statistics_add(&g->statistics, COUNT_READ, 1);
    r = un_content(g->un, ino, &c);
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    len = within(&c, (uint64_t)off, size);
    buf = scratch_get(len);
    n = buf || len == 0 ? fd_pread(c.fd, buf, len, c.offset + (uint64_t)off) : -ENOMEM;
    un_content_put(g->un, &c);
    if (n < 0)
        reply_error(req, (int)n);
    else
        reply_bytes(req, buf, (size_t)n);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to a file of the branch; the first write copies it up. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "glue/change.h"
#include "glue/content_copy.h"
#include "glue/ops.h"
#include "glue/privileges.h"
#include "glue/raw_request.h"
#include "glue/reply.h"
#include "union/keep_privileges.h"

/*
 * Drops set-user-ID and set-group-ID after a write by a process without CAP_FSETID. The kernel removes capabilities
 * itself, by REMOVEXATTR, before the write; it leaves the mode to the daemon, and trusts its cached copy even on
 * exec, so it must be notified. A notification within a request is safe for attributes: the kernel takes no lock for
 * it that the request holds.
 */
static int kill_priv(fuse_req_t req, uint64_t node)
{
    struct un_change change = {.what = UN_KILL_PRIV};
    struct glue *g = glue_of(req);
    struct stat st;
    int r = un_getattr(g->un, node, &st);

    if (r < 0 || !(st.st_mode & (S_ISUID | S_ISGID)))
        return r;
    statistics_add(&g->statistics, COUNT_KILL_PRIV, 1);
    if (privileges_lose_sgid(req, &st))
        change.what |= UN_KILL_SGID;
    r = un_setattr(g->un, node, &change, &st);
    if (r == 0)
        fuse_lowlevel_notify_inval_inode(g->fuse, node, -1, 0);
    return r;
}

/* Open the content for a change; `kills`: drop the file's privileges. They go first: nobody must see new
 * content that runs with them. */
static int open_content(fuse_req_t req, uint64_t node, bool kills, bool appends, struct tree_content *ret)
{
    int r = kills ? kill_priv(req, node) : 0;

    return r < 0 ? r : un_content_write(glue_of(req)->un, node, appends, ret);
}

struct write_job {
    struct job job;
    fuse_req_t req;
    uint64_t node, off;
    bool kills, mapped, appends;
};

/* Returns the number of bytes written, or an error if none. */
static ssize_t write_some(const struct tree_content *c, const char *data, size_t size, uint64_t off)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pwrite(c->fd, data + done, size - done, (off_t)(c->offset + off + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return done > 0 ? (ssize_t)done : n < 0 ? -errno : -ENOSPC;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* Write back pages of a shared mapping. */
static ssize_t write_mapped(const struct tree_content *c, const char *data, size_t size, uint64_t off)
{
    struct privileges kept;
    ssize_t n = privileges_look(c->fd, &kept);

    if (n == 0) {
        n = write_some(c, data, size, off);
        privileges_give_back(c->fd, &kept);
    }
    return n;
}

static void do_write(struct job *job)
{
    struct write_job *j = (struct write_job *)job;
    struct glue *g = glue_of(j->req);
    struct tree_content c;
    ssize_t n = open_content(j->req, j->node, j->kills, j->appends, &c);

    if (n >= 0) {
        n = (j->mapped ? write_mapped : write_some)(&c, j->job.data, j->job.size, j->off);
        un_content_put(g->un, &c);
    }
    if (n < 0)
        reply_error(j->req, (int)n);
    else
        fuse_reply_write(j->req, (size_t)n);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
              struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct write_job j = {
        .job = {do_write, data, size},
        .req = req,
        .node = ino,
        .off = (uint64_t)off,
        .kills = raw_request_current()->kill_priv,
        .mapped = fi->writepage,
        /* Mapping it needed write access. */
        .appends = fi->writepage || fi->flags & O_APPEND,
    };

    if (j.mapped && privileges_lose_all(g)) {
        j.kills = true;
        j.mapped = false;
    }

    statistics_add(&g->statistics, COUNT_WRITE, 1);
    change_do(req, &j.job, sizeof j, un_would_wait(g->un, ino, false));
}

struct fallocate_job {
    struct job job;
    fuse_req_t req;
    uint64_t node;
    off_t off, len;
    int mode;
};

static void do_fallocate(struct job *job)
{
    struct fallocate_job *j = (struct fallocate_job *)job;
    struct glue *g = glue_of(j->req);
    struct tree_content c;
    int r =
        open_content(j->req, j->node, !privileges_may_keep(j->req), !(j->mode & ~FALLOC_FL_KEEP_SIZE), &c);

    if (r >= 0) {
        do
            r = fallocate(c.fd, j->mode, (off_t)c.offset + j->off, j->len) < 0 ? -errno : 0;
        while (r == -EINTR);
        un_content_put(g->un, &c);
    }
    reply_failed_change(j->req, r, j->node, 0);
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct fallocate_job j = {
        .job = {.run = do_fallocate}, .req = req, .node = ino, .off = off, .len = len, .mode = mode};

    (void)fi;
    statistics_add(&g->statistics, COUNT_FALLOCATE, 1);
    change_do(req, &j.job, sizeof j, un_would_wait(g->un, ino, false));
}

struct copy_job {
    struct job job;
    fuse_req_t req;
    uint64_t from, to;
    uint64_t from_off, to_off;
    size_t len;
};

/* A larger copy goes to another thread. */
#define COPY_AT_ONCE (256u << 10)

/* Limit of one request, so that the caller can be interrupted and learns of errors early; a short copy is
 * continued by the caller. */
#define COPY_MAX (128u << 20)

static ssize_t copy_some(struct glue *g, const struct copy_job *j, const struct tree_content *from)
{
    size_t len = j->len < COPY_MAX ? j->len : COPY_MAX;
    struct tree_content to;
    ssize_t n;

    if (j->from_off >= from->size)
        return 0;
    if (len > from->size - j->from_off)
        len = (size_t)(from->size - j->from_off);
    n = open_content(j->req, j->to, !privileges_may_keep(j->req), false, &to);
    if (n < 0)
        return n;
    n = content_copy(from->fd, from->offset + j->from_off, to.fd, to.offset + j->to_off, len);
    un_content_put(g->un, &to);
    return n;
}

static void do_copy(struct job *job)
{
    struct copy_job *j = (struct copy_job *)job;
    struct glue *g = glue_of(j->req);
    struct tree_content from;
    ssize_t n = un_content(g->un, j->from, &from);

    if (n >= 0) {
        n = copy_some(g, j, &from);
        un_content_put(g->un, &from);
    }
    if (n < 0)
        reply_error(j->req, (int)n);
    else
        fuse_reply_write(j->req, (size_t)n);
}

void op_copy_file_range(fuse_req_t req, fuse_ino_t from, off_t from_off, struct fuse_file_info *from_fi,
                        fuse_ino_t to, off_t to_off, struct fuse_file_info *to_fi, size_t len, int flags)
{
    struct glue *g = glue_of(req);
    struct copy_job j = {
        .job = {.run = do_copy},
        .req = req,
        .from = from,
        .to = to,
        .from_off = (uint64_t)from_off,
        .to_off = (uint64_t)to_off,
        .len = len,
    };

    (void)from_fi, (void)to_fi;
    statistics_add(&g->statistics, COUNT_COPY_FILE_RANGE, 1);
    if (flags)
        reply_error(req, -EINVAL);
    else
        change_do(req, &j.job, sizeof j, len > COPY_AT_ONCE || un_would_wait(g->un, to, false));
}

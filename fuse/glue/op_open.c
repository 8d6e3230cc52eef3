/* SPDX-License-Identifier: Apache-2.0 */
/* OPEN: usually disabled by ENOSYS; refused if the content cannot be read; counted if passthrough is used. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>

#include "glue/change.h"
#include "glue/ops.h"
#include "glue/passthrough.h"
#include "glue/privileges.h"
#include "glue/reply.h"

/* <linux/fuse.h> of 7.40; the backing id replaces former padding. */
#define OPEN_PASSTHROUGH (1u << 7)

/* The library cannot express this reply. */
static int reply_straight(fuse_req_t req, int32_t backing)
{
    struct fuse_open_out answer = {.open_flags = OPEN_PASSTHROUGH, .padding = (uint32_t)backing};

    return fuse_reply_buf(req, (const char *)&answer, sizeof answer);
}

static void open_counted(fuse_req_t req, uint64_t node, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    bool writes = (fi->flags & O_ACCMODE) != O_RDONLY;
    struct tree_content content = {.fd = -1};
    enum open_how how;
    int32_t backing;
    /* Changes through a mapping of the backing file do not drop its privileges. */
    bool have = !privileges_lose_all(g) && un_content_backing(g->un, node, &content) == 0;
    int r = passthrough_open(g->passthrough, node, writes, content.fd, &how, &backing);

    if (have)
        un_content_put(g->un, &content);
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    /* The kernel must ask for size and times from now on (reply.h). */
    if (how == OPEN_STRAIGHT_WRITES)
        fuse_lowlevel_notify_inval_inode(g->fuse, node, -1, 0);
    fi->keep_cache = how == OPEN_CACHED;
    r = backing ? reply_straight(req, backing) : fuse_reply_open(req, fi);
    if (r == -ENOENT) /* not delivered */
        passthrough_close(g->passthrough, node);
}

struct open_job {
    struct job job;
    fuse_req_t req;
    uint64_t node;
    struct fuse_file_info fi;
};

/* Report an unreadable file now: a write copies it up first. A truncated file needs no copy, and is truncated
 * by this request (capabilities.c). */
static void do_open(struct job *job)
{
    struct open_job *j = (struct open_job *)job;
    struct un *u = glue_of(j->req)->un;
    struct un_change cut = {.what = UN_SIZE | (privileges_may_keep(j->req) ? 0 : UN_KILL_PRIV)};
    struct stat st;
    int r;

    if (j->fi.flags & O_TRUNC && glue_of(j->req)->writable)
        r = un_setattr(u, j->node, &cut, &st);
    else
        r = un_may_open(u, j->node);
    if (r < 0) {
        reply_error(j->req, r);
        return;
    }
    j->fi.keep_cache = 1;
    fuse_reply_open(j->req, &j->fi);
}

/* Sent if the kernel does not check permissions itself. */
void op_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
    struct glue *g = glue_of(req);

    statistics_add(&g->statistics, COUNT_ACCESS, 1);
    reply_error(req, un_may_access(g->un, ino, mask));
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);

    statistics_add(&g->statistics, COUNT_OPEN, 1);
    if (g->no_open) {
        reply_error(req, -ENOSYS);
    } else if (g->passthrough) {
        open_counted(req, ino, fi);
    } else {
        struct open_job j = {.job = {.run = do_open}, .req = req, .node = ino, .fi = *fi};

        change_do(req, &j.job, sizeof j, un_would_wait(g->un, ino, true));
    }
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);

    (void)fi;
    if (g->passthrough)
        passthrough_close(g->passthrough, ino);
    reply_error(req, 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating files.
 *
 * CREATE gets ENOSYS: from then on the kernel creates files by MKNOD, and opens them without a request, like
 * all others. That takes as many round trips, and saves the RELEASE of a file opened by CREATE (kernels from
 * 6.9 on always send it).
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "glue/change.h"
#include "glue/ops.h"
#include "glue/owners.h"
#include "glue/passthrough.h"
#include "glue/privileges.h"
#include "glue/reply.h"

/* Get the caller, with ids on disk. */
static int caller_of(fuse_req_t req, struct un_caller *ret)
{
    const struct fuse_ctx *ctx = fuse_req_ctx(req);

    *ret = (struct un_caller){.uid = ctx->uid, .gid = ctx->gid, .umask = ctx->umask};
    return owners_take_caller(glue_of(req), ret);
}

/* `r`: result of the creation. */
static void reply_made(fuse_req_t req, int r, uint64_t dir, uint64_t node, const struct stat *st)
{
    if (r < 0)
        reply_failed_change(req, r, dir, node);
    else
        reply_node(req, node, st);
}

/* Parameters of the creation. */
struct making {
    enum counted what;
    uint64_t dir;
    const char *name;
    mode_t mode;
    dev_t rdev;
    const char *target;
};

static int make_in(struct un *un, const struct making *m, const struct un_caller *caller, uint64_t *ret_node,
                   struct stat *ret_st)
{
    if (m->what == COUNT_MKDIR)
        return un_mkdir(un, m->dir, m->name, m->mode, caller, ret_node, ret_st);
    if (m->what == COUNT_SYMLINK)
        return un_symlink(un, m->dir, m->name, m->target, caller, ret_node, ret_st);
    return un_mknod(un, m->dir, m->name, m->mode, m->rdev, caller, ret_node, ret_st);
}

static void make(fuse_req_t req, const struct making *m)
{
    struct glue *g = glue_of(req);
    struct un_caller caller;
    struct stat st;
    uint64_t node = 0;
    int r;

    statistics_add(&g->statistics, m->what, 1);
    r = caller_of(req, &caller);
    if (r == 0)
        r = make_in(g->un, m, &caller, &node, &st);
    reply_made(req, r, m->dir, node, &st);
}

void op_mknod(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, dev_t rdev)
{
    make(req, &(struct making){COUNT_MKNOD, dir, name, .mode = privileges_may_set(req, mode), .rdev = rdev});
}

void op_mkdir(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode)
{
    make(req, &(struct making){COUNT_MKDIR, dir, name, .mode = mode});
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t dir, const char *name)
{
    make(req, &(struct making){COUNT_SYMLINK, dir, name, .target = target});
}

/* Answer with an open file, though opens have no state here. */
static void make_tmpfile(fuse_req_t req, uint64_t dir, mode_t mode, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct un_caller caller;
    struct fuse_entry_param e;
    enum open_how how;
    int32_t backing;
    struct stat st;
    uint64_t node = 0;
    int r;

    statistics_add(&g->statistics, COUNT_TMPFILE, 1);
    r = caller_of(req, &caller);
    if (r == 0)
        r = un_tmpfile(g->un, dir, privileges_may_set(req, mode), &caller, &node, &st);
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    r = g->passthrough ? passthrough_open(g->passthrough, node, true, -1, &how, &backing) : 0;
    if (r < 0) {
        un_forget(g->un, node, 1);
        reply_error(req, r);
        return;
    }
    e = reply_entry_param(g, node, &st);
    fi->keep_cache = 1;
    if (fuse_reply_create(req, &e, fi) == -ENOENT) {
        un_forget(g->un, node, 1);
        if (g->passthrough)
            passthrough_close(g->passthrough, node);
    }
}

void op_create(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);

    if (*name == '\0') { /* raw_request.h */
        make_tmpfile(req, dir, mode, fi);
        return;
    }
    statistics_add(&g->statistics, COUNT_CREATE, 1);
    reply_error(req, -ENOSYS);
}

struct link_job {
    struct job job; /* data: the name */
    fuse_req_t req;
    uint64_t node, dir;
};

static void do_link(struct job *job)
{
    struct link_job *j = (struct link_job *)job;
    struct glue *g = glue_of(j->req);
    struct stat st;
    int r = un_link(g->un, j->node, j->dir, j->job.data, &st);

    reply_made(j->req, r, j->dir, j->node, &st);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t dir, const char *name)
{
    struct link_job j = {.job = {do_link, name, strlen(name) + 1}, .req = req, .node = ino, .dir = dir};

    statistics_add(&glue_of(req)->statistics, COUNT_LINK, 1);
    change_do(req, &j.job, sizeof j, un_would_wait(glue_of(req)->un, ino, true));
}

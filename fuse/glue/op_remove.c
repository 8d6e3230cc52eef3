/* SPDX-License-Identifier: Apache-2.0 */
/* Removing and renaming. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "glue/change.h"
#include "glue/ops.h"
#include "glue/reply.h"

void op_unlink(fuse_req_t req, fuse_ino_t dir, const char *name)
{
    struct glue *g = glue_of(req);

    statistics_add(&g->statistics, COUNT_UNLINK, 1);
    reply_failed_change(req, un_unlink(g->un, dir, name), dir, 0);
}

void op_rmdir(fuse_req_t req, fuse_ino_t dir, const char *name)
{
    struct glue *g = glue_of(req);

    statistics_add(&g->statistics, COUNT_RMDIR, 1);
    reply_failed_change(req, un_rmdir(g->un, dir, name), dir, 0);
}

struct rename_job {
    struct job job; /* data: the name */
    fuse_req_t req;
    uint64_t dir, to_dir;
    unsigned flags;
    char to_name[UN_NAME_MAX + 1];
};

static void do_rename(struct job *job)
{
    struct rename_job *j = (struct rename_job *)job;
    struct un *u = glue_of(j->req)->un;
    int r = un_rename(u, j->dir, j->job.data, j->to_dir, j->to_name, j->flags);

    reply_failed_change(j->req, r, j->dir, j->to_dir);
}

/* A renamed file is copied up first. */
static bool name_would_wait(struct un *u, uint64_t dir, const char *name)
{
    struct stat st;
    uint64_t node;
    bool waits;

    if (un_lookup(u, dir, name, &node, &st) < 0)
        return false;
    waits = un_would_wait(u, node, true);
    un_forget(u, node, 1);
    return waits;
}

void op_rename(fuse_req_t req, fuse_ino_t dir, const char *name, fuse_ino_t to_dir, const char *to_name,
               unsigned flags)
{
    struct glue *g = glue_of(req);
    struct rename_job j = {
        .job = {do_rename, name, strlen(name) + 1},
        .req = req,
        .dir = dir,
        .to_dir = to_dir,
        .flags = flags,
    };
    bool waits;

    statistics_add(&g->statistics, COUNT_RENAME, 1);
    if (strlen(to_name) > UN_NAME_MAX) {
        reply_error(req, -ENAMETOOLONG);
        return;
    }
    memcpy(j.to_name, to_name, strlen(to_name) + 1);
    waits = g->writable && (name_would_wait(g->un, dir, name) ||
                            (flags & RENAME_EXCHANGE && name_would_wait(g->un, to_dir, to_name)));
    change_do(req, &j.job, sizeof j, waits);
}

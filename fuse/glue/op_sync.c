/* SPDX-License-Identifier: Apache-2.0 */
/* fsync(2) of files and directories, always a job since it waits. On a read-only or volatile mount ENOSYS
 * disables it: fsync(2) then succeeds without a request. */
#include <errno.h>

#include "glue/change.h"
#include "glue/ops.h"
#include "glue/reply.h"

struct sync_job {
    struct job job;
    fuse_req_t req;
    uint64_t node;
    bool data_only;
};

static void do_sync(struct job *job)
{
    struct sync_job *j = (struct sync_job *)job;

    reply_error(j->req, un_sync(glue_of(j->req)->un, j->node, j->data_only));
}

static void make_durable(fuse_req_t req, uint64_t node, bool data_only)
{
    struct sync_job j = {.job = {.run = do_sync}, .req = req, .node = node, .data_only = data_only};

    if (un_syncs(glue_of(req)->un))
        change_do(req, &j.job, sizeof j, true);
    else
        reply_error(req, -ENOSYS);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
    (void)fi;
    statistics_add(&glue_of(req)->statistics, COUNT_FSYNC, 1);
    make_durable(req, ino, datasync != 0);
}

void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
    (void)fi;
    statistics_add(&glue_of(req)->statistics, COUNT_FSYNCDIR, 1);
    make_durable(req, ino, datasync != 0);
}

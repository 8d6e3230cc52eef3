/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>

#include "glue/ops.h"
#include "glue/reply.h"

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct stat st;
    int r;

    (void)fi;
    statistics_add(&g->statistics, COUNT_GETATTR, 1);
    r = un_getattr(g->un, ino, &st);
    if (r < 0)
        reply_error(req, r);
    else
        reply_stat(req, ino, &st);
}

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
    struct glue *g = glue_of(req);
    char target[PATH_MAX];
    ssize_t n;

    statistics_add(&g->statistics, COUNT_READLINK, 1);
    n = un_readlink(g->un, ino, target, sizeof target);
    if (n < 0) {
        reply_error(req, (int)n);
    } else if ((size_t)n >= sizeof target) {
        reply_error(req,
                    /* no system call follows a longer one, and the kernel takes at most a page */
                    -ENAMETOOLONG);
    } else {
        reply_bytes(req, target, (size_t)n);
    }
}

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
    struct glue *g = glue_of(req);
    struct statvfs st = {0};
    int r;

    (void)ino;
    statistics_add(&g->statistics, COUNT_STATFS, 1);
    r = un_statfs(g->un, &st);
    if (r < 0)
        reply_error(req, r);
    else
        fuse_reply_statfs(req, &st);
}

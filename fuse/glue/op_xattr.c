/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>

#include "glue/change.h"
#include "glue/ops.h"
#include "glue/owners.h"
#include "glue/raw_request.h"
#include "glue/reply.h"
#include "glue/scratch.h"

#define VALUE_MAX 65536 /* XATTR_SIZE_MAX and XATTR_LIST_MAX */

static bool may_see_trusted(fuse_req_t req)
{
    return glue_of(req)->show_trusted && fuse_req_ctx(req)->uid == 0;
}

/* `size` 0 asks for the length only. */
static void reply_value(fuse_req_t req, ssize_t n, size_t size, const void *value)
{
    if (n < 0)
        reply_error(req, (int)n);
    else if (size == 0)
        fuse_reply_xattr(req, (size_t)n);
    else
        reply_bytes(req, value, (size_t)n);
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
    struct glue *g = glue_of(req);
    size_t room = size < VALUE_MAX ? size : VALUE_MAX;
    void *value = scratch_get(room);

    statistics_add(&g->statistics, COUNT_GETXATTR, 1);
    if (room > 0 && !value)
        reply_error(req, -ENOMEM);
    else
        reply_value(req, owners_getxattr(g, ino, name, value, room, may_see_trusted(req)), room, value);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
    struct glue *g = glue_of(req);
    size_t room = size < VALUE_MAX ? size : VALUE_MAX;
    char *names = scratch_get(room);

    statistics_add(&g->statistics, COUNT_LISTXATTR, 1);
    if (room > 0 && !names)
        reply_error(req, -ENOMEM);
    else
        reply_value(req, un_listxattr(g->un, ino, names, room, may_see_trusted(req)), room, names);
}

struct xattr_job {
    struct job job; /* data: the value, NULL to remove it */
    fuse_req_t req;
    uint64_t node;
    int flags;
    bool privileged;
    bool kill_sgid;
    char name[XATTR_NAME_MAX + 1];
};

/* Drop set-group-ID when the access list of a file of a foreign group changes. */
static int take_sgid(struct un *u, uint64_t node)
{
    struct un_change change = {.what = UN_MODE};
    struct stat st;
    int r = un_getattr(u, node, &st);

    if (r < 0 || !(st.st_mode & S_ISGID))
        return r;
    change.mode = st.st_mode & 07777 & ~(mode_t)S_ISGID;
    return un_setattr(u, node, &change, &st);
}

static void do_xattr(struct job *job)
{
    struct xattr_job *j = (struct xattr_job *)job;
    struct un *u = glue_of(j->req)->un;
    int r;

    if (j->job.data)
        r = un_setxattr(u, j->node, j->name, j->job.data, j->job.size, j->flags, j->privileged);
    else
        r = un_removexattr(u, j->node, j->name, j->privileged);
    if (r == 0 && j->kill_sgid)
        r = take_sgid(u, j->node);
    reply_error(j->req, r);
}

static void change_xattr(fuse_req_t req, uint64_t node, const char *name, const char *value, size_t size,
                         int flags)
{
    struct xattr_job j = {
        .job = {do_xattr, value, size},
        .req = req,
        .node = node,
        .flags = flags,
        .privileged = may_see_trusted(req),
        /* The kernel also sets it for a default access list, which grants no access to the directory. */
        .kill_sgid = raw_request_current()->kill_sgid && strcmp(name, "system.posix_acl_access") == 0,
    };
    int r = strlen(name) > XATTR_NAME_MAX ? -ERANGE : 0;

    if (r == 0 && value)
        r = owners_take_xattr(glue_of(req), name, &j.job.data, &j.job.size);
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    memcpy(j.name, name, strlen(name) + 1);
    change_do(req, &j.job, sizeof j, un_would_wait(glue_of(req)->un, node, true));
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size, int flags)
{
    statistics_add(&glue_of(req)->statistics, COUNT_SETXATTR, 1);
    change_xattr(req, ino, name, value, size, flags);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
    statistics_add(&glue_of(req)->statistics, COUNT_REMOVEXATTR, 1);
    change_xattr(req, ino, name, NULL, 0, 0);
}

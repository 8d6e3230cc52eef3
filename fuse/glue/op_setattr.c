/* SPDX-License-Identifier: Apache-2.0 */
/* Changing attributes, truncate(2) included. */
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/stat.h>

#include "glue/change.h"
#include "glue/ops.h"
#include "glue/owners.h"
#include "glue/privileges.h"
#include "glue/raw_request.h"
#include "glue/reply.h"

struct setattr_job {
    struct job job;
    fuse_req_t req;
    uint64_t node;
    struct un_change change;
};

/* Add the privileges that a change drops if the caller cannot keep them, as root usually can. */
static int add_losses(struct setattr_job *j)
{
    struct stat st;
    int r;

    if (!(j->change.what & (UN_KILL_PRIV | UN_UID | UN_GID)) || fuse_req_ctx(j->req)->uid == 0)
        return 0;
    r = un_getattr(glue_of(j->req)->un, j->node, &st);
    if (r == 0 && privileges_lose_sgid(j->req, &st))
        j->change.what |= UN_KILL_SGID;
    return r;
}

static void do_setattr(struct job *job)
{
    struct setattr_job *j = (struct setattr_job *)job;
    struct stat st;
    struct un *u = glue_of(j->req)->un;
    int r = add_losses(j);

    /* An empty change follows a REMOVEXATTR of capabilities, or a chown(2) to nobody. The latter would drop
     * set-user-ID, too, but the two cannot be told apart. */
    if (r == 0)
        r = j->change.what ? un_setattr(u, j->node, &j->change, &st) : un_getattr(u, j->node, &st);

    if (r < 0)
        reply_failed_change(j->req, r, j->node, 0);
    else
        reply_changed(j->req, j->node, &st);
}

static struct timespec time_of(struct timespec given, int to_set, int set, int now)
{
    if (to_set & now)
        return (struct timespec){.tv_nsec = UTIME_NOW};
    return to_set & set ? given : (struct timespec){.tv_nsec = UTIME_OMIT};
}

/* The kernel says whether privileges are dropped, if that was negotiated; else only truncation does it here.
 * (Writes and changes of owner drop them without that.) */
static bool kills_privileges(fuse_req_t req, int to_set)
{
    if (glue_of(req)->agreed & FUSE_HANDLE_KILLPRIV_V2)
        return raw_request_current()->kill_priv;
    return to_set & FUSE_SET_ATTR_SIZE && !privileges_may_keep(req);
}

static struct un_change change_of(fuse_req_t req, const struct stat *attr, int to_set)
{
    const int times =
        FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW;
    struct un_change c = {
        .mode = privileges_may_set(req, attr->st_mode) & 07777,
        .uid = attr->st_uid,
        .gid = attr->st_gid,
        .size = (uint64_t)attr->st_size,
    };

    c.what |= to_set & FUSE_SET_ATTR_MODE ? UN_MODE : 0u;
    c.what |= to_set & FUSE_SET_ATTR_UID ? UN_UID : 0u;
    c.what |= to_set & FUSE_SET_ATTR_GID ? UN_GID : 0u;
    c.what |= to_set & FUSE_SET_ATTR_SIZE ? UN_SIZE : 0u;
    c.what |= to_set & times ? UN_TIMES : 0u;
    c.what |= kills_privileges(req, to_set) ? UN_KILL_PRIV : 0u;
    c.times[0] = time_of(attr->st_atim, to_set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW);
    c.times[1] = time_of(attr->st_mtim, to_set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW);
    return c;
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set, struct fuse_file_info *fi)
{
    struct glue *g = glue_of(req);
    struct setattr_job j = {
        .job = {.run = do_setattr}, .req = req, .node = ino, .change = change_of(req, attr, to_set)};
    /* A truncation to nothing needs no copy of the content. */
    bool content = j.change.what & UN_SIZE && j.change.size > 0;
    int r = owners_take_change(g, &j.change);

    (void)fi;
    statistics_add(&g->statistics, COUNT_SETATTR, 1);
    if (r < 0) {
        reply_error(req, r);
        return;
    }
    change_do(req, &j.job, sizeof j, un_would_wait(g->un, ino, !content));
}

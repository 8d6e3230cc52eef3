/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of files. Other commands belong to other file systems or devices: programs expect ENOTTY. */
#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>

#include "glue/change.h"
#include "glue/ops.h"
#include "glue/reply.h"

/* The kernel sends flags as an int, whatever size the command encodes (FS_IOC_GETFLAGS). */
#define FLAGS_SIZE sizeof(int)

struct flags_job {
    struct job job;
    fuse_req_t req;
    uint64_t node;
    struct un_flags flags;
    bool extended;
};

/* Linux checks this itself since 5.13. The daemon does not know whether a root caller has the capability. */
static int may_set(const struct flags_job *j, const struct un_flags *is)
{
    const struct glue *g = glue_of(j->req);
    uid_t caller = fuse_req_ctx(j->req)->uid;
    struct fuse_entry_param shown;
    struct stat st;
    int r;

    if (un_flags_protect_otherwise(&j->flags, is, j->extended) && !(caller == 0 && g->initial))
        return -EPERM;
    if (caller == 0 || !g->checks)
        return 0;
    r = un_getattr(g->un, j->node, &st);
    if (r < 0)
        return r;
    shown = reply_entry_param(g, j->node, &st);
    return shown.attr.st_uid == caller ? 0 : -EPERM;
}

static void do_set(struct job *job)
{
    struct flags_job *j = (struct flags_job *)job;
    struct un *u = glue_of(j->req)->un;
    struct un_flags is;
    int r = un_get_flags(u, j->node, &is);

    if (r == 0)
        r = may_set(j, &is);
    if (r == 0)
        r = un_set_flags(u, j->node, &j->flags, j->extended);
    if (r < 0)
        reply_failed_change(j->req, r, j->node, 0);
    else
        fuse_reply_ioctl(j->req, 0, NULL, 0);
}

static void get(fuse_req_t req, uint64_t node, bool extended, size_t room)
{
    struct un_flags is;
    int flags, r = un_get_flags(glue_of(req)->un, node, &is);

    if (r == 0 && room < (extended ? sizeof is.x : FLAGS_SIZE))
        r = -EINVAL;
    flags = r < 0 ? 0 : (int)is.flags;
    if (r < 0)
        reply_error(req, r);
    else
        fuse_reply_ioctl(req, 0, extended ? (const void *)&is.x : &flags,
                         extended ? sizeof is.x : FLAGS_SIZE);
}

static void set(fuse_req_t req, uint64_t node, bool extended, const void *in, size_t size)
{
    struct flags_job j = {.job = {.run = do_set}, .req = req, .node = node, .extended = extended};
    size_t need = extended ? sizeof j.flags.x : FLAGS_SIZE;

    if (size < need) {
        reply_error(req, -EINVAL);
        return;
    }
    memcpy(extended ? (void *)&j.flags.x : &j.flags.flags, in, need);
    change_do(req, &j.job, sizeof j, un_would_wait(glue_of(req)->un, node, true));
}

void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg, struct fuse_file_info *fi,
              unsigned flags, const void *in, size_t in_size, size_t out_size)
{
    (void)arg, (void)fi, (void)flags;
    statistics_add(&glue_of(req)->statistics, COUNT_IOCTL, 1);
    if (cmd == (unsigned)FS_IOC_GETFLAGS || cmd == (unsigned)FS_IOC_FSGETXATTR)
        get(req, ino, cmd == (unsigned)FS_IOC_FSGETXATTR, out_size);
    else if (cmd == (unsigned)FS_IOC_SETFLAGS || cmd == (unsigned)FS_IOC_FSSETXATTR)
        set(req, ino, cmd == (unsigned)FS_IOC_FSSETXATTR, in, in_size);
    else
        reply_error(req, -ENOTTY);
}

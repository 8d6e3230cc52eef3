/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/reply.h"

#include <errno.h>

#include "glue/owners.h"
#include "glue/passthrough.h"

void reply_error(fuse_req_t req, int r)
{
    fuse_reply_err(req, r < 0 ? -r : 0);
}

/* Does the error mean that the change was not begun? */
static bool says_nothing_done(int r)
{
    static const int errors[] = {EEXIST, ENOENT, ENOTEMPTY, ENOTDIR, EISDIR, EXDEV,      EROFS,
                                 EINVAL, ESTALE, ENODATA,   ERANGE,  ENOSYS, EOPNOTSUPP, ENAMETOOLONG};

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (r == -errors[i])
            return true;
    }
    return r >= 0;
}

void reply_failed_change(fuse_req_t req, int r, uint64_t node, uint64_t other)
{
    struct fuse_session *fuse = glue_of(req)->fuse;

    /* Invalidate attributes only: the kernel takes no lock for that which the request holds. */
    if (!says_nothing_done(r)) {
        if (node)
            fuse_lowlevel_notify_inval_inode(fuse, node, -1, 0);
        if (other)
            fuse_lowlevel_notify_inval_inode(fuse, other, -1, 0);
    }
    reply_error(req, r);
}

static double attr_timeout(const struct glue *g, uint64_t node)
{
    return passthrough_writes(g->passthrough, node) ? 0 : g->timeout;
}

/*
 * Is this a live layer's file that root of this user namespace cannot read, or a directory that root cannot search?
 * Then the namespace does not map its owner. The file system below reports the owner as 65534, and so does the mount;
 * but the kernel lets root read files of 65534, so it would allow the open, and the read would fail later.
 */
static bool is_closed(const struct glue *g, uint64_t node, const struct stat *st)
{
    mode_t needed = S_ISREG(st->st_mode) ? S_IROTH : S_ISDIR(st->st_mode) ? S_IXOTH : 0;

    if (g->initial || !g->checks || node == 0 || (st->st_uid != ID_UNMAPPED && st->st_gid != ID_UNMAPPED))
        return false;
    return needed && !(st->st_mode & needed) && un_is_closed(g->un, node, S_ISDIR(st->st_mode));
}

/* Convert from the union's attributes to those of the mount. */
static void show(const struct glue *g, uint64_t node, struct stat *st)
{
    bool closed = is_closed(g, node, st);

    owners_show(g, st);
    /* (uid_t)-1 is unmapped for the kernel, as the owner is for the file system below. */
    if (closed)
        st->st_uid = st->st_gid = (uid_t)-1;
    st->st_ino = un_shown_ino(g->un, st->st_ino);
}

struct fuse_entry_param reply_entry_param(const struct glue *g, uint64_t node, const struct stat *st)
{
    struct fuse_entry_param e = {
        .ino = node,
        .generation = un_generation(g->un, node),
        .attr = *st,
        .attr_timeout = attr_timeout(g, node),
        .entry_timeout = g->timeout,
    };

    show(g, node, &e.attr);
    return e;
}

void reply_node(fuse_req_t req, uint64_t node, const struct stat *st)
{
    struct glue *g = glue_of(req);
    struct fuse_entry_param e = reply_entry_param(g, node, st);

    /* Not delivered: the kernel took no reference. */
    if (fuse_reply_entry(req, &e) == -ENOENT)
        un_forget(g->un, node, 1);
}

void reply_absent(fuse_req_t req)
{
    struct fuse_entry_param e = {.entry_timeout = glue_of(req)->timeout};

    fuse_reply_entry(req, &e);
}

void reply_stat(fuse_req_t req, uint64_t node, const struct stat *st)
{
    const struct glue *g = glue_of(req);
    struct stat shown = *st;

    show(g, node, &shown);
    fuse_reply_attr(req, &shown, attr_timeout(g, node));
}

/*
 * Replies with the owner's new state after a change as the caller sees it, and makes the kernel ask again: a mount by
 * one user allows that user everything but access lists of others' files, so a file just given away would refuse the
 * access list that cp -p sets next.
 */
void reply_changed(fuse_req_t req, uint64_t node, const struct stat *st)
{
    const struct glue *g = glue_of(req);
    uid_t caller = fuse_req_ctx(req)->uid;
    struct stat shown = *st;

    show(g, node, &shown);
    if (g->checks || shown.st_uid == caller) {
        fuse_reply_attr(req, &shown, attr_timeout(g, node));
        return;
    }
    shown.st_uid = caller;
    fuse_reply_attr(req, &shown, 0);
}

void reply_bytes(fuse_req_t req, const void *data, size_t len)
{
    fuse_reply_buf(req, data, len);
}

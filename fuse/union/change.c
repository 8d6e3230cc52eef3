/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of attributes: setattr and extended attributes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "union/attributes.h"
#include "union/copy_up.h"
#include "union/look.h"
#include "union/owner.h"
#include "union/owner_security.h"
#include "union/protect.h"
#include "union/upper.h"
#include "union/xattr_policy.h"

/* ---- setattr */

static int drop_capabilities(const struct branch *b, struct where w)
{
    static const char attr[] = "security.capability";

    return owner_keeps_security(b, attr) ? owner_remove_security(b, w, attr) : where_removexattr(w, attr);
}

static int drop_privileges(const struct branch *b, struct where w, uint32_t type, unsigned what)
{
    struct stat st;
    mode_t drop = S_ISUID;
    int r = owner_stat(b, w, &st);

    if (r < 0 || type == S_IFDIR || type == S_IFLNK)
        return r;
    if (st.st_mode & S_IXGRP || what & UN_KILL_SGID)
        drop |= S_ISGID;
    if (st.st_mode & drop)
        r = owner_chmod(b, w, st.st_mode & 07777 & ~drop);
    if (r == 0 && type == S_IFREG)
        r = drop_capabilities(b, w);
    /* An ordinary user may not even try to remove capabilities, and a file of that user has none. */
    return r == -ENODATA || r == -EOPNOTSUPP || r == -EPERM ? 0 : r;
}

static int truncate_at(struct where w, uint64_t size)
{
    int fd, r = 0;

    if (!w.name) /* open for writing (upper_pin) */
        return ftruncate(w.fd, (off_t)size) < 0 ? -errno : 0;
    fd = where_open(w, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fd;
    if (ftruncate(fd, (off_t)size) < 0)
        r = -errno;
    close(fd);
    return r;
}

static int change_at(const struct branch *b, struct where w, uint32_t type, const struct un_change *c)
{
    int r = 0;

    if (c->what & (UN_UID | UN_GID))
        r = owner_chown(b, w, c->what & UN_UID ? c->uid : (uid_t)-1, c->what & UN_GID ? c->gid : (gid_t)-1);
    if (r == 0 && c->what & UN_SIZE)
        r = truncate_at(w, c->size);
    /* chown(2) has dropped the others already. */
    if (r == 0 && (c->what & UN_KILL_SGID || (c->what & UN_KILL_PRIV && !(c->what & (UN_UID | UN_GID)))))
        r = drop_privileges(b, w, type, c->what);
    if (r == 0 && c->what & UN_MODE)
        r = type == S_IFLNK ? -EOPNOTSUPP : owner_chmod(b, w, c->mode & 07777);
    if (r == 0 && c->what & UN_TIMES)
        r = where_utimens(w, c->times);
    return r;
}

/* Does the change set times to now, as a write does? */
static bool sets_times(const struct un_change *c)
{
    for (int i = 0; i < 2; i++)
        if (c->times[i].tv_nsec != UTIME_NOW && c->times[i].tv_nsec != UTIME_OMIT)
            return true;
    return false;
}

static int may_change(struct un *u, struct node *n, const struct un_change *c)
{
    unsigned what = c->what & ~(unsigned)(UN_KILL_PRIV | UN_KILL_SGID);

    /* Drop the privileges before the write. */
    return protect_change(u, n, !what || (what == UN_TIMES && !sets_times(c)));
}

static int apply(struct un *u, struct node *n, const struct un_change *c)
{
    enum copy_up what = !(c->what & UN_SIZE) ? COPY_METADATA : c->size == 0 ? COPY_EMPTY : COPY_CONTENT;
    struct upper_fd fd;
    struct where w;
    int r;

    if (c->what & UN_SIZE && n->type != S_IFREG)
        return n->type == S_IFDIR ? -EISDIR : -EINVAL;
    r = may_change(u, n, c);
    if (r == 0)
        r = copy_up(u, n, what);
    if (r == 0)
        r = upper_pin(u, n, &fd, &w, NULL);
    if (r < 0)
        return r;
    r = change_at(u->branch, w, n->type, c);
    upper_close(u, &fd);
    return r;
}

int un_setattr(struct un *u, uint64_t node, const struct un_change *c, struct stat *ret_st)
{
    struct node *n;
    int r;

    if (!u->branch)
        return -EROFS;
    pthread_mutex_lock(&u->lock);
    r = core_node(u, node, &n);
    if (r == 0) {
        r = apply(u, n, c);
        if (r == 0)
            r = look_stat(u, n, ret_st);
        core_done(u, n);
    }
    pthread_mutex_unlock(&u->lock);
    return r;
}

/* ---- extended attributes */

/* Programs may change the capabilities kept beside a file, as they may its owner. Other attributes security.*
 * kept there came from the layer and mean something to the kernel: they are changed only if the kernel lets
 * the daemon set them on the file itself. */
static int change_attribute(struct un *u, struct where w, const char *name, const void *value, size_t size,
                            int flags)
{
    if (owner_keeps_security(u->branch, name) && strcmp(name, "security.capability") != 0)
        return value ? where_setxattr(w, name, value, size, flags) : where_removexattr(w, name);
    return value ? attributes_of_upper_set(u, w, name, value, size, flags)
                 : attributes_of_upper_remove(u, w, name);
}

static int change_xattr(struct un *u, uint64_t node, const char *name, const void *value, size_t size,
                        int flags, bool privileged)
{
    struct upper_fd fd;
    struct where w;
    struct node *n;
    int r;

    if (!u->branch)
        return -EROFS;
    if (!xattr_visible(name, true))
        return -EOPNOTSUPP;
    if (!xattr_visible(name, privileged))
        return -EPERM;
    pthread_mutex_lock(&u->lock);
    r = core_node(u, node, &n);
    if (r == 0) {
        r = protect_change(u, n, !value && strcmp(name, "security.capability") == 0);
        if (r == 0)
            r = copy_up(u, n, COPY_METADATA);
        n->default_acl = ACL_UNKNOWN;
        if (r == 0 && (r = upper_pin(u, n, &fd, &w, NULL)) == 0) {
            r = change_attribute(u, w, name, value, size, flags);
            upper_close(u, &fd);
        }
        core_done(u, n);
    }
    pthread_mutex_unlock(&u->lock);
    return r;
}

int un_setxattr(struct un *u, uint64_t node, const char *name, const void *value, size_t size, int flags,
                bool privileged)
{
    return change_xattr(u, node, name, value ? value : "", size, flags, privileged);
}

int un_removexattr(struct un *u, uint64_t node, const char *name, bool privileged)
{
    return change_xattr(u, node, name, NULL, 0, 0, privileged);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "union/owner.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "stack/override.h"
#include "union/aside.h"

/* A symbolic link cannot have such an attribute: its owner goes to a sidecar, or stays the daemon's if there
 * is none. */
static int keep_link(const struct branch *b, struct where w, const struct stat *st)
{
    const uint32_t ids[2] = {htole32(st->st_uid), htole32(st->st_gid)};
    int r = aside_set(b, w, MARK_OWNER, ids, sizeof ids);

    return r == -EOPNOTSUPP ? 0 : r;
}

static int apply_link(const struct branch *b, struct where w, struct stat *st)
{
    uint32_t ids[2];
    ssize_t n = aside_get(b, w, MARK_OWNER, ids, sizeof ids);

    if (n == (ssize_t)sizeof ids) {
        st->st_uid = le32toh(ids[0]);
        st->st_gid = le32toh(ids[1]);
    }
    return n < 0 && n != -ENODATA && n != -ERANGE ? (int)n : 0;
}

int owner_stat(const struct branch *b, struct where w, struct stat *ret)
{
    char text[OVERRIDE_MAX];
    ssize_t n = -ENODATA;
    int r = where_stat(w, ret);

    if (r < 0 || !b->config.override)
        return r;
    if (S_ISLNK(ret->st_mode))
        return apply_link(b, w, ret);
    for (unsigned i = 0; i < OVERRIDE_NAMES && n == -ENODATA; i++)
        if (b->overrides & 1u << i)
            n = where_getxattr(w, override_names[i], text, sizeof text);
    if (n >= 0)
        (void)override_apply(text, (size_t)n, ret);
    return n < 0 && n != -ENODATA && n != -EOPNOTSUPP ? (int)n : 0;
}

mode_t owner_own_mode(const struct stat *st)
{
    return (st->st_mode & 0755) | (S_ISDIR(st->st_mode) ? 0700 : 0600);
}

static int keep(struct where w, const struct stat *st)
{
    char text[OVERRIDE_MAX];
    size_t n = override_format(st, text);

    return where_setxattr(w, OVERRIDE_XATTR, text, n, 0);
}

/* Mark the root: owners are kept in attributes, for any later mount, as upper or as layer. */
static int mark_root(struct branch *b, struct where root, struct err *err)
{
    struct stat st;
    int r = owner_stat(b, root, &st);

    if (r == 0)
        r = keep(root, &st);
    if (r == -EOPNOTSUPP)
        return err_set(err, EOPNOTSUPP,
                       "the file system of upperdir does not take the attribute " OVERRIDE_XATTR
                       ", in which owners are to be kept");
    return r < 0 ? err_errno(err, -r, "upperdir") : 0;
}

/* Read from the root's attributes which names are in use. */
static unsigned overrides_of(struct where root)
{
    unsigned bits = 0;

    for (unsigned i = 0; i < OVERRIDE_NAMES; i++)
        if (where_getxattr(root, override_names[i], NULL, 0) >= 0)
            bits |= 1u << i;
    return bits;
}

void owner_find(struct branch *b)
{
    const struct where root = {b->config.upper_fd, "."};

    b->overrides = overrides_of(root) | 1u << OVERRIDE_CONTAINERS;
}

int owner_choose(struct branch *b, bool gives, struct err *err)
{
    const struct where root = {b->config.upper_fd, "."};
    const bool asked = b->config.override;
    bool marked;
    struct stat st;
    int r = where_stat(root, &st);

    if (r < 0)
        return err_errno(err, -r, "upperdir");
    b->overrides = overrides_of(root);
    marked = b->overrides != 0;
    if (b->config.own_files && !gives)
        return err_set(err, EPERM,
                       "the branch's files have several owners, and this user may not give files "
                       "away: mount it as the user, and in the user namespace, that created it");
    if (marked && !b->config.override && !b->config.own_files && st.st_uid != geteuid())
        return err_set(err, EPERM,
                       "upperdir keeps owners in attributes and belongs to user %u: "
                       "xattr_permissions=2 trusts them",
                       st.st_uid);
    /* Without such attributes a user can change his own files, but few of an image. */
    if (b->config.marks_are_names && !b->config.adopts_root && !b->config.override)
        return 0;
    if (!b->config.own_files && (marked || !gives))
        b->config.override = true;
    b->overrides |= 1u << OVERRIDE_CONTAINERS;
    r = b->config.override ? mark_root(b, root, err) : 0;
    if (r != -EOPNOTSUPP || asked || marked || b->config.adopts_root)
        return r;
    b->config.override = false;
    return 0;
}

int owner_chmod(const struct branch *b, struct where w, mode_t mode)
{
    struct stat st;
    int r;

    if (!b->config.override)
        return where_chmod(w, mode);
    r = owner_stat(b, w, &st);
    if (r < 0)
        return r;
    st.st_mode = (st.st_mode & S_IFMT) | (mode & 07777);
    r = keep(w, &st);
    return r < 0 ? r : where_chmod(w, owner_own_mode(&st));
}

int owner_chown(const struct branch *b, struct where w, uid_t uid, gid_t gid)
{
    struct stat st;
    int r;

    if (!b->config.override)
        return where_chown(w, uid, gid);
    r = owner_stat(b, w, &st);
    if (r < 0)
        return r;
    if (uid != (uid_t)-1)
        st.st_uid = uid;
    if (gid != (gid_t)-1)
        st.st_gid = gid;
    if (S_ISLNK(st.st_mode))
        return keep_link(b, w, &st);
    /* As in chown(2). */
    if (!S_ISDIR(st.st_mode))
        st.st_mode &= ~(mode_t)(st.st_mode & S_IXGRP ? S_ISUID | S_ISGID : S_ISUID);
    return keep(w, &st);
}

int owner_set(const struct branch *b, struct where w, const struct stat *st)
{
    if (!b->config.override)
        return 0;
    return S_ISLNK(st->st_mode) ? keep_link(b, w, st) : keep(w, st);
}

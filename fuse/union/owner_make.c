/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Create files for a caller. The file system does all of it with the caller's credentials; where owners are
 * kept in attributes, its rules are applied here.
 */
#include "union/owner_make.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/fd.h"
#include "union/creds.h"
#include "union/owner.h"
#include "union/owner_list.h"

/* Create and open in one step: the descriptor cannot be of a file that others put there. */
static int make_open(int dirfd, const char *name, const struct owner_new *new)
{
    int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, new->mode & 07777);

    if (fd >= 0)
        *new->ret_fd = fd;
    else if (errno == EMFILE || errno == ENFILE) /* the call made no file */
        return mknodat(dirfd, name, new->mode, 0);
    return fd < 0 ? -1 : 0;
}

static int make_plain(int dirfd, const char *name, const struct owner_new *new)
{
    int r = creds_as(new->caller);

    if (r == 0) {
        if (S_ISDIR(new->mode))
            r = mkdirat(dirfd, name, new->mode & 07777);
        else if (S_ISREG(new->mode) && new->ret_fd)
            r = make_open(dirfd, name, new);
        else
            r = mknodat(dirfd, name, new->mode, new->rdev);
        if (r < 0)
            r = -errno;
    }
    creds_own();
    return r;
}

/* Compute owner and mode, with the parent's rules. */
static int describe(const struct branch *b, const struct owner_new *new, struct stat *ret)
{
    struct stat dir;
    int r = owner_stat(b, new->dir, &dir);

    *ret = (struct stat){
        .st_mode = new->mode, .st_rdev = new->rdev, .st_uid = new->caller->uid, .st_gid = new->caller->gid};
    if (r == 0 && dir.st_mode & S_ISGID) {
        ret->st_gid = dir.st_gid;
        if (S_ISDIR(new->mode))
            ret->st_mode |= S_ISGID;
    }
    return r;
}

static int complete(const struct branch *b, struct where w, const struct owner_new *new, struct stat *st)
{
    int r = new->has_list ? owner_inherit_list(w, new->dir, st) : 0;

    return r < 0 ? r : owner_set(b, w, st);
}

int owner_make(const struct branch *b, int dirfd, const char *name, const struct owner_new *new)
{
    struct stat st;
    int r;

    if (!b->config.override)
        return make_plain(dirfd, name, new);
    r = describe(b, new, &st);
    if (r < 0)
        return r;
    if (S_ISDIR(st.st_mode))
        r = mkdirat(dirfd, name, owner_own_mode(&st));
    else
        r = mknodat(dirfd, name, S_IFREG | owner_own_mode(&st), 0);
    return r < 0 ? -errno : complete(b, (struct where){dirfd, name}, new, &st);
}

int owner_make_link(const struct branch *b, const char *target, int dirfd, const char *name,
                    const struct owner_new *new)
{
    struct stat st;
    int r = describe(b, new, &st);

    if (r == 0 && symlinkat(target, dirfd, name) < 0)
        r = -errno;
    return r < 0 ? r : owner_set(b, (struct where){dirfd, name}, &st);
}

static int make_plain_unnamed(const struct owner_new *new)
{
    int r = creds_as(new->caller);

    if (r == 0) {
        r = openat(new->dir.fd, new->dir.name, O_TMPFILE | O_RDWR | O_CLOEXEC, new->mode & 07777);
        if (r < 0)
            r = -errno;
    }
    creds_own();
    return r;
}

int owner_make_unnamed(const struct branch *b, const struct owner_new *new)
{
    struct stat st;
    int r, fd;

    if (!b->config.override)
        return make_plain_unnamed(new);
    r = describe(b, new, &st);
    fd = r < 0 ? r : fd_unnamed(b->config.work_fd);
    if (fd < 0)
        return fd;
    r = where_chmod((struct where){fd, ""}, owner_own_mode(&st));
    if (r == 0)
        r = complete(b, (struct where){fd, ""}, new, &st);
    if (r < 0)
        close(fd);
    return r < 0 ? r : fd;
}

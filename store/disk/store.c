/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a store. */
#include "disk/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "disk/format.h"
#include "disk/root.h"
#include "os/beneath.h"
#include "os/cleanup.h"

static void cleanup_store_p(struct store **s)
{
    store_close(*s);
}

#define cleanup_store cleanup(cleanup_store_p)

void store_close(struct store *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s->path);
    free(s);
}

const char *store_path(const struct store *s)
{
    return s->path;
}

int store_fd(const struct store *s)
{
    return s->fd;
}

/* Makes `path` and its parents, all private. */
static int make_path(const char *path)
{
    cleanup_free char *p = strdup(path);

    if (!p)
        return -ENOMEM;
    for (char *slash = p + strspn(p, "/"); (slash = strchr(slash, '/')); slash += strspn(slash, "/")) {
        *slash = 0;
        if (mkdir(p, 0700) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* What others could write to is not ours to believe. */
static int check_owner(struct store *s, struct err *err)
{
    struct stat st;

    if (fstat(s->fd, &st) < 0)
        return err_errno(err, errno, "cannot open the store %s", s->path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(err, EPERM, "the store %s belongs to another user (uid %u)", s->path, st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return err_set(err, EPERM, "the store %s could be written by others; first: chmod go-w %s", s->path,
                       s->path);
    return 0;
}

/* Opens the directory itself and gives it its absolute name. */
static int open_root(const char *path, int flags, struct store *s, struct err *err)
{
    int r = flags & STORE_CREATE ? make_path(path) : 0;
    struct stat st;

    if (r < 0)
        return err_errno(err, -r, "cannot make the store %s", path);
    s->path = realpath(path, NULL);
    if (!s->path && errno == ENOENT && lstat(path, &st) == 0)
        return err_set(err, ENOENT, "the store %s is a symbolic link that leads nowhere", path);
    if (!s->path && errno == ENOENT)
        return err_set(err, ENOENT, "there is no store %s; " STORE_FILL_IT, path);
    if (!s->path)
        return err_errno(err, errno, "cannot open the store %s", path);
    s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s->fd < 0)
        return err_errno(err, errno, "cannot open the store %s", s->path);
    return check_owner(s, err);
}

int store_open(const char *path, int flags, struct store **ret, struct err *err)
{
    cleanup_store struct store *s = calloc(1, sizeof(*s));
    cleanup_free char *fallback = NULL;
    int r;

    if (!s)
        return err_errno(err, ENOMEM, "cannot open a store");
    s->fd = -1;
    if (!path) {
        path = fallback = store_default_path(err);
        if (!path)
            return -ENOENT;
    }
    r = open_root(path, flags, s, err);
    if (r == 0 && flags & STORE_CREATE)
        r = format_create(s, err);
    if (r == 0)
        r = format_check(s, err);
    if (r < 0)
        return r;
    *ret = steal_ptr(&s);
    return 0;
}

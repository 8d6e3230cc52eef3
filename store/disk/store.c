/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a store. */
#include "disk/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "disk/also.h"
#include "disk/format.h"
#include "disk/root.h"
#include "os/array.h"
#include "os/beneath.h"
#include "os/buf.h"
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
    for (size_t i = 0; i < s->n_also; i++)
        store_close(s->also[i]);
    free(s->also);
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

/* Creates `path` and its parents, all private. */
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

/* Refuses a store that others could write to: its content could be forged. */
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

/* Opens the directory and gets its absolute path. */
static int open_root(const char *path, int flags, struct store *s, struct err *err)
{
    int r = flags & STORE_CREATE ? make_path(path) : 0;
    struct stat st;

    if (r < 0)
        return err_errno(err, -r, "cannot make the store %s", path);
    s->path = realpath(path, NULL);
    if (!s->path && errno == ENOENT && lstat(path, &st) == 0)
        return err_set(err, ENOENT, "the store %s is a broken symbolic link", path);
    if (!s->path && errno == ENOENT)
        return err_set(err, ENOENT, "no store %s; " STORE_FILL_IT, path);
    if (!s->path)
        return err_errno(err, errno, "cannot open the store %s", path);
    s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s->fd < 0)
        return err_errno(err, errno, "cannot open the store %s", s->path);
    return check_owner(s, err);
}

static int open_one(const char *path, int flags, struct store **ret, struct err *err)
{
    cleanup_store struct store *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return err_errno(err, ENOMEM, "cannot open a store");
    s->fd = -1;
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

static int add_also(struct store *s, struct store *other)
{
    struct store **more = array_room(s->also, s->n_also, sizeof(struct store *));

    if (!more)
        return -ENOMEM;
    s->also = more;
    more[s->n_also++] = other;
    return 0;
}

/* Is it the user's own store, or one already in the list? */
static bool is_there(const struct store *s, const struct store *other)
{
    bool there = s->path && strcmp(s->path, other->path) == 0;

    for (size_t i = 0; i < s->n_also; i++)
        there |= strcmp(s->also[i]->path, other->path) == 0;
    return there;
}

/* Opens the stores of the list into `s`. A store of the configuration may be missing, for example if it is
 * not mounted. */
static int open_also(struct store *s, const struct also_list *l, struct err *err)
{
    for (size_t i = 0; i < l->n; i++) {
        struct store *other;
        int r = open_one(l->paths[i].path, 0, &other, err);

        if (r == -ENOENT && !l->paths[i].must)
            continue;
        if (r < 0)
            return r;
        if (is_there(s, other)) {
            store_close(other);
        } else if (add_also(s, other) < 0) {
            store_close(other);
            return err_errno(err, ENOMEM, "cannot open a store");
        }
    }
    return 0;
}

/* Is nothing at the path of the user's own store yet? */
static bool is_missing(const char *path)
{
    struct stat st;

    return lstat(path, &st) < 0 && errno == ENOENT;
}

/* A user with read-only stores needs an own one, for leases, branches and imports. */
static int open_with_also(const char *path, int flags, const struct also_list *l, struct store **ret,
                          struct err *err)
{
    cleanup_store struct store *found = calloc(1, sizeof(*found)), *s = NULL;
    int r;

    if (!found)
        return err_errno(err, ENOMEM, "cannot open a store");
    found->fd = -1;
    r = open_also(found, l, err);
    if (r == 0)
        r = open_one(path, found->n_also && is_missing(path) ? flags | STORE_CREATE : flags, &s, err);
    for (size_t i = 0; r == 0 && i < found->n_also; i++) {
        if (is_there(s, found->also[i]))
            continue;
        r = add_also(s, found->also[i]);
        if (r < 0)
            return err_errno(err, ENOMEM, "cannot open a store");
        found->also[i] = NULL;
    }
    if (r == 0)
        *ret = steal_ptr(&s);
    return r;
}

int store_open(const char *path, int flags, struct store **ret, struct err *err)
{
    cleanup_free char *fallback = NULL;
    struct also_list also;
    int r;

    if (!path) {
        path = fallback = store_default_path(err);
        if (!path)
            return -ENOENT;
    }
    r = also_list_read(&also, err);
    if (r == 0)
        r = open_with_also(path, flags, &also, ret, err);
    also_list_free(&also);
    return r;
}

const char *store_also_path(const struct store *s, size_t i)
{
    return i < s->n_also ? s->also[i]->path : NULL;
}

char *store_also_joined(const struct store *s)
{
    cleanup_buf struct buf all = BUF_INIT;
    int r = 0;

    for (size_t i = 0; r == 0 && i < s->n_also; i++)
        r = buf_printf(&all, "%s%s", i ? ":" : "", s->also[i]->path);
    if (r < 0 || !buf_str(&all))
        return NULL;
    char *text = all.data;
    all.data = NULL; /* the caller owns it now */
    return text;
}

bool store_is_writable(const struct store *s)
{
    /* Other errors are the store's, and reported by the calls that meet them. */
    return faccessat(s->fd, "leases", W_OK, AT_EACCESS) == 0 ||
           (errno != EROFS && errno != EACCES && errno != EPERM);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access lists of files whose modes are kept in attributes. The list is the file's own, in the usual place
 * for readers of the upper, but its owner's entry lets the daemon use the file, whatever the mode; the union
 * shows the list with the kept mode.
 */
#include "union/owner_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/acl.h"
#include "os/cleanup.h"
#include "union/owner.h"

bool owner_is_list(const char *attr)
{
    return strcmp(attr, ACL_ACCESS) == 0;
}

int owner_drop_list(struct where w, const char *attr)
{
    int r = where_removexattr(w, attr);

    return r == -ENODATA || r == -EOPNOTSUPP ? 0 : r;
}

/* A list equivalent to the mode is stored as no list. */
static int set_none(struct where w, const struct stat *st)
{
    int r = owner_drop_list(w, ACL_ACCESS);

    return r < 0 ? r : where_chmod(w, owner_own_mode(st));
}

/* Set the list, and the file's mode from it. */
static int set_list(struct where w, const void *list, size_t size, const struct stat *st)
{
    cleanup_free char *copy = malloc(size);

    if (!copy)
        return -ENOMEM;
    memcpy(copy, list, size);
    acl_chmod(copy, size, owner_own_mode(st));
    return where_setxattr(w, ACL_ACCESS, copy, size, 0);
}

int owner_set_list(const struct branch *b, struct where w, const void *list, size_t size)
{
    struct stat before, st;
    int r = b->config.override ? owner_stat(b, w, &before) : 0, more;

    if (r < 0)
        return r;
    if (!b->config.override || S_ISLNK(before.st_mode))
        return where_setxattr(w, ACL_ACCESS, list, size, 0);
    st = before;
    more = acl_mode(list, size, &st.st_mode);
    r = more < 0 ? more : owner_set(b, w, &st);
    if (r < 0)
        return r;
    r = more ? set_list(w, list, size, &st) : set_none(w, &st);
    if (r < 0)
        (void)owner_set(b, w, &before);
    return r;
}

ssize_t owner_get_list(const struct branch *b, struct where w, void *list, size_t size)
{
    ssize_t n = where_getxattr(w, ACL_ACCESS, list, size);
    struct stat st;
    int r;

    if (n <= 0 || size == 0 || !b->config.override)
        return n;
    r = owner_stat(b, w, &st);
    if (r < 0)
        return r;
    acl_chmod(list, (size_t)n, st.st_mode);
    return n;
}

/* 0 if there is none. */
static ssize_t read_default(struct where dir, char **ret)
{
    ssize_t n = where_getxattr(dir, ACL_DEFAULT, NULL, 0);

    if (n <= 0)
        return n == -ENODATA || n == -EOPNOTSUPP ? 0 : n;
    *ret = malloc((size_t)n);
    return *ret ? where_getxattr(dir, ACL_DEFAULT, *ret, (size_t)n) : -ENOMEM;
}

int owner_inherit_list(struct where w, struct where dir, struct stat *st)
{
    cleanup_free char *list = NULL;
    ssize_t n = read_default(dir, &list);
    int r, more;

    if (n <= 0)
        return (int)n;
    r = S_ISDIR(st->st_mode) ? where_setxattr(w, ACL_DEFAULT, list, (size_t)n, 0) : 0;
    if (r < 0)
        return r;
    more = acl_inherit(list, (size_t)n, &st->st_mode);
    if (more < 0)
        return more;
    return more ? set_list(w, list, (size_t)n, st) : where_chmod(w, owner_own_mode(st));
}

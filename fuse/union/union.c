/* SPDX-License-Identifier: Apache-2.0 */
#include "union/union.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "os/cleanup.h"
#include "union/xattr_policy.h"

/* Cookies 0 and 1 are "." and ".."; a tree's position n is cookie n + DOTS. */
#define DOTS 2

/* A list of names is at most this long (XATTR_LIST_MAX), so fetching one never takes more than a second try.
 */
#define LIST_MAX 65536

struct un {
    struct tree *tree;
    struct branch *branch; /* NULL: read-only */
};

int un_new(struct tree *tree, struct branch *branch, struct un **ret)
{
    struct un *u = calloc(1, sizeof *u);

    if (!u)
        return -ENOMEM;
    u->tree = tree;
    u->branch = branch;
    *ret = u;
    return 0;
}

void un_free(struct un *u)
{
    if (!u)
        return;
    tree_free(u->tree);
    free(u);
}

double un_timeout(const struct un *u)
{
    return u->tree->timeout;
}

static void stat_from_attr(const struct tree_attr *a, struct stat *ret)
{
    *ret = (struct stat){
        .st_ino = a->ino,
        .st_mode = a->mode,
        .st_nlink = a->nlink,
        .st_uid = a->uid,
        .st_gid = a->gid,
        .st_rdev = makedev(a->rdev_major, a->rdev_minor),
        .st_size = (off_t)a->size,
        .st_blksize = 4096,
        .st_blocks = (blkcnt_t)a->blocks,
        .st_atim = a->atime,
        .st_mtim = a->mtime,
        .st_ctim = a->ctime,
    };
}

int un_lookup(struct un *u, uint64_t dir, const char *name, uint64_t *ret_node, struct stat *ret_st)
{
    size_t len = strlen(name);
    struct tree_attr attr;
    int r;

    if (len > UN_NAME_MAX)
        return -ENAMETOOLONG;
    r = tree_lookup(u->tree, dir, name, len, ret_node, &attr);
    if (r < 0)
        return r;
    stat_from_attr(&attr, ret_st);
    return 0;
}

void un_forget(struct un *u, uint64_t node, uint64_t n)
{
    tree_forget(u->tree, node, n);
}

int un_getattr(struct un *u, uint64_t node, struct stat *ret)
{
    struct tree_attr attr;
    int r = tree_getattr(u->tree, node, &attr);

    if (r < 0)
        return r;
    stat_from_attr(&attr, ret);
    return 0;
}

ssize_t un_readlink(struct un *u, uint64_t node, char *buf, size_t size)
{
    return tree_readlink(u->tree, node, buf, size);
}

int un_statfs(struct un *u, struct statvfs *ret)
{
    int r = tree_statfs(u->tree, ret);

    if (r < 0)
        return r;
    ret->f_namemax = UN_NAME_MAX;
    ret->f_flag |= ST_RDONLY;
    return 0;
}

static int dot_entry(struct un *u, uint64_t dir, uint64_t cookie, struct un_entry *ret)
{
    struct tree_attr attr;
    uint64_t parent;
    int r;

    *ret =
        (struct un_entry){.name = cookie ? ".." : ".", .next = cookie + 1, .mode = S_IFDIR, .is_dot = true};
    if (cookie == 1)
        return tree_parent(u->tree, dir, &parent, &ret->ino);
    r = tree_getattr(u->tree, dir, &attr);
    if (r < 0)
        return r;
    if (!S_ISDIR(attr.mode))
        return -ENOTDIR;
    ret->ino = attr.ino;
    return 0;
}

int un_entry(struct un *u, uint64_t dir, uint64_t cookie, struct un_entry *ret, char scratch[256])
{
    struct tree_entry e;
    int r;

    if (cookie < DOTS) {
        r = dot_entry(u, dir, cookie, ret);
        return r < 0 ? r : 1;
    }
    r = tree_entry(u->tree, dir, cookie - DOTS, &e, scratch);
    if (r <= 0)
        return r;
    *ret = (struct un_entry){
        .name = e.name,
        .next = cookie + 1,
        .ino = e.ino,
        .mode = (uint32_t)DTTOIF(e.type),
    };
    return 1;
}

ssize_t un_getxattr(struct un *u, uint64_t node, const char *name, void *value, size_t size, bool privileged)
{
    if (!xattr_visible(name, privileged))
        return -ENODATA;
    return tree_getxattr(u->tree, node, name, value, size);
}

ssize_t un_listxattr(struct un *u, uint64_t node, char *list, size_t size, bool privileged)
{
    char small[512];
    cleanup_free char *large = NULL;
    char *names = small;
    ssize_t n = tree_listxattr(u->tree, node, small, sizeof small);
    size_t len;

    if (n == -ERANGE) {
        large = malloc(LIST_MAX);
        if (!large)
            return -ENOMEM;
        names = large;
        n = tree_listxattr(u->tree, node, large, LIST_MAX);
        if (n == -ERANGE)
            return -E2BIG; /* as listxattr(2) says where a list cannot be given at all */
    }
    if (n < 0)
        return n;
    len = xattr_filter_list(names, (size_t)n, privileged);
    if (size > 0 && len > size)
        return -ERANGE;
    if (size > 0)
        memcpy(list, names, len);
    return (ssize_t)len;
}

int un_content(struct un *u, uint64_t node, struct tree_content *ret)
{
    return tree_content(u->tree, node, ret);
}

void un_content_put(struct un *u, struct tree_content *c)
{
    tree_content_put(u->tree, c);
}

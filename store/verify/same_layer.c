/* SPDX-License-Identifier: Apache-2.0 */
/* Inodes are numbered in the order of the archive and the names, so equal layers have equal numbers. */
#include "verify/same_layer.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* 1 equal, 0 different, or an error. */
static int same_target(const struct index *a, const struct index *b, const struct index_inode *x,
                       const struct index_inode *y)
{
    const char *s, *t;
    size_t n, m;

    if (!S_ISLNK(x->mode) && !(x->flags & INODE_LOWER_LINK))
        return 1;
    if (index_target(a, x, &s, &n) < 0 || index_target(b, y, &t, &m) < 0)
        return -EUCLEAN;
    return n == m && memcmp(s, t, n) == 0;
}

static int same_xattrs(const struct index *a, const struct index *b, const struct index_inode *x,
                       const struct index_inode *y)
{
    uint64_t at = 0, bt = 0;

    for (;;) {
        struct index_xattr p, q;
        int r = index_xattr_next(a, x, &at, &p), e = index_xattr_next(b, y, &bt, &q);

        if (r < 0 || e < 0)
            return -EUCLEAN;
        if (r != e)
            return 0;
        if (r == 0)
            return 1;
        if (p.name_len != q.name_len || p.value_len != q.value_len ||
            memcmp(p.name, q.name, p.name_len) != 0 || memcmp(p.value, q.value, p.value_len) != 0)
            return 0;
    }
}

static int same_inode(const struct index *a, const struct index *b, uint64_t n)
{
    struct index_inode x, y;
    int r;

    if (index_inode(a, n, &x) < 0 || index_inode(b, n, &y) < 0)
        return -EUCLEAN;
    if (x.mode != y.mode || x.uid != y.uid || x.gid != y.gid || x.nlink != y.nlink || x.size != y.size ||
        x.blocks != y.blocks || x.mtime.tv_sec != y.mtime.tv_sec || x.mtime.tv_nsec != y.mtime.tv_nsec ||
        (x.flags ^ y.flags) & ~(uint32_t)INODE_OWN_FILE || x.rdev_major != y.rdev_major ||
        x.rdev_minor != y.rdev_minor || x.parent != y.parent || x.content_hash != y.content_hash ||
        x.first != y.first || x.entries != y.entries)
        return 0;
    r = same_target(a, b, &x, &y);
    return r > 0 ? same_xattrs(a, b, &x, &y) : r;
}

static int same_name(const struct index *a, const struct index *b, uint64_t n)
{
    struct index_name x, y;

    if (index_name(a, n, &x) < 0 || index_name(b, n, &y) < 0)
        return -EUCLEAN;
    return x.len == y.len && x.inode == y.inode && x.type == y.type && x.flags == y.flags &&
           memcmp(x.name, y.name, x.len) == 0;
}

int same_layer(const struct index *a, const struct index *b)
{
    int r = index_inodes(a) == index_inodes(b) && index_names(a) == index_names(b);

    for (uint64_t i = 1; r > 0 && i <= index_inodes(a); i++)
        r = same_inode(a, b, i);
    for (uint64_t i = 0; r > 0 && i < index_names(a); i++)
        r = same_name(a, b, i);
    return r;
}

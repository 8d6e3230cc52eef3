/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/index_verify.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/cleanup.h"
#include "tree/index.h"

struct verify {
    const struct index *ix;
    uint32_t *names; /* number of names met of each inode */
    uint32_t *subdirs;
    uint64_t seen; /* trees: the last inode whose first name was met */
    struct err *err;
};

static int wrong(struct verify *v, const char *what, uint64_t number, const char *why)
{
    return err_set(v->err, EUCLEAN, "%s %llu: %s", what, (unsigned long long)number, why);
}

static int check_texts(struct verify *v, uint64_t number, const struct index_inode *in)
{
    struct index_xattr attr;
    uint64_t cursor = 0;
    const char *target;
    size_t len;
    int r;

    while ((r = index_xattr_next(v->ix, in, &cursor, &attr)) > 0)
        ;
    if (r < 0)
        return wrong(v, "inode", number, "its extended attributes are damaged");
    if ((S_ISLNK(in->mode) || in->flags & INODE_LOWER_LINK) && index_target(v->ix, in, &target, &len) < 0)
        return wrong(v, "inode", number, "its target is damaged");
    return 0;
}

/* Trees: checks the order that index_where relies on. */
static int check_first_name(struct verify *v, uint64_t dir, uint32_t inode, const struct index_inode *in)
{
    if (in->parent != dir)
        return wrong(v, "inode", inode, "its parent is not the directory of its first name");
    if (inode != ++v->seen)
        return wrong(v, "inode", inode, "its number is not that of its first name");
    return 0;
}

static int check_name(struct verify *v, uint64_t dir, uint64_t n, struct index_name *before)
{
    struct index_inode in;
    struct index_name name;
    bool link;

    if (index_name(v->ix, n, &name) < 0)
        return wrong(v, "name", n, "it is damaged");
    if (before->name) {
        size_t len = before->len < name.len ? before->len : name.len;
        int c = memcmp(before->name, name.name, len);

        if (c > 0 || (c == 0 && before->len >= name.len))
            return wrong(v, "name", n, "it is not in its place");
    }
    *before = name;
    if (name.flags & NAME_WHITEOUT)
        return 0;
    if (index_inode(v->ix, name.inode, &in) < 0)
        return wrong(v, "inode", name.inode, "it is damaged");
    link = in.flags & INODE_LOWER_LINK;
    if (name.type != (link ? DT_UNKNOWN : IFTODT(in.mode)))
        return wrong(v, "name", n, "its type is not its inode's");
    v->names[name.inode - 1]++;
    if (!link && S_ISDIR(in.mode)) {
        v->subdirs[dir - 1]++;
        if (in.parent != dir || name.inode == INDEX_ROOT || v->names[name.inode - 1] > 1)
            return wrong(v, "inode", name.inode, "a directory with more than one name");
        /* Rules out a directory inside itself: every directory is reachable from the root. */
        if (name.inode < dir)
            return wrong(v, "inode", name.inode, "it comes before its parent");
    }
    if (index_kind(v->ix) == INDEX_TREE && v->names[name.inode - 1] == 1)
        return check_first_name(v, dir, name.inode, &in);
    return 0;
}

static int check_dirs(struct verify *v)
{
    uint64_t left = index_names(v->ix);

    for (uint64_t i = 1; i <= index_inodes(v->ix); i++) {
        struct index_name before = {0};
        struct index_inode in;
        int r;

        if (index_inode(v->ix, i, &in) < 0)
            return wrong(v, "inode", i, "it is damaged");
        r = check_texts(v, i, &in);
        if (r < 0)
            return r;
        if (!S_ISDIR(in.mode) || in.flags & INODE_LOWER_LINK)
            continue;
        if (in.entries > left)
            return wrong(v, "inode", i, "the directories have more names than there are");
        if (index_kind(v->ix) == INDEX_TREE && in.entries && in.first != index_names(v->ix) - left)
            return wrong(v, "inode", i, "its names are not in their place");
        left -= in.entries;
        for (uint64_t n = 0; n < in.entries; n++) {
            r = check_name(v, i, in.first + n, &before);
            if (r < 0)
                return r;
        }
    }
    return left ? err_set(v->err, EUCLEAN, "%llu names are in no directory", (unsigned long long)left) : 0;
}

static int check_counts(struct verify *v)
{
    for (uint64_t i = 1; i <= index_inodes(v->ix); i++) {
        struct index_inode in;
        bool dir;

        if (index_inode(v->ix, i, &in) < 0)
            return wrong(v, "inode", i, "it is damaged");
        dir = S_ISDIR(in.mode) && !(in.flags & INODE_LOWER_LINK);
        if (in.nlink != (dir ? 2 + v->subdirs[i - 1] : v->names[i - 1]))
            return wrong(v, "inode", i, "its link count is not the number of its names");
        if (v->names[i - 1] == 0 && i != INDEX_ROOT)
            return wrong(v, "inode", i, "it has no name");
    }
    return 0;
}

int index_verify(const struct index *ix, struct err *err)
{
    cleanup_free uint32_t *names = calloc(index_inodes(ix), sizeof(*names));
    cleanup_free uint32_t *subdirs = calloc(index_inodes(ix), sizeof(*subdirs));
    struct verify v = {.ix = ix, .names = names, .subdirs = subdirs, .seen = INDEX_ROOT, .err = err};
    struct index_inode root;
    int r;

    if (!names || !subdirs)
        return err_errno(err, ENOMEM, "the index cannot be verified");
    if (index_check_blocks(ix) < 0)
        return err_set(err, EUCLEAN, "a block does not have its checksum");
    if (index_inode(ix, INDEX_ROOT, &root) < 0 || !S_ISDIR(root.mode) || root.flags & INODE_LOWER_LINK ||
        root.parent != INDEX_ROOT)
        return err_set(err, EUCLEAN, "the root is no directory");
    r = check_dirs(&v);
    return r < 0 ? r : check_counts(&v);
}

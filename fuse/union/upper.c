/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locate files of the upper. A directory is opened name by name from the nearest open one above it, so that
 * no link is followed and no path is too long; descriptors are kept in a bounded cache.
 */
#include "union/upper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/dir.h"
#include "os/entry.h"
#include "union/branch_marks.h"
#include "union/branch_whiteout.h"
#include "union/core.h"
#include "union/name_marks.h"
#include "union/owner.h"

void upper_close(struct un *u, struct upper_fd *fd)
{
    if (fd->entry)
        fd_cache_put(u->fds, fd->entry);
    if (fd->own)
        close(fd->fd);
    *fd = (struct upper_fd){.fd = -1};
}

/* Borrow the directory's descriptor, if it is open. */
static bool is_open(struct un *u, struct node *dir, struct upper_fd *ret)
{
    *ret = (struct upper_fd){.fd = -1};
    if (dir == u->root)
        ret->fd = u->branch->config.upper_fd;
    else if (dir->held_fd >= 0)
        ret->fd = dir->held_fd;
    else if ((ret->entry = fd_cache_get(u->fds, dir_key(dir))))
        ret->fd = fd_cache_fd(ret->entry);
    return ret->fd >= 0;
}

/* The name belongs to another file now, or is a mount point. */
static int stale(int error)
{
    bool other = error == -ENOENT || error == -ENOTDIR || error == -ELOOP || error == -EXDEV;

    return other ? -ESTALE : error;
}

bool upper_is(const struct un *u, const struct node *n, const struct stat *st)
{
    return !u->branch->keeps_numbers || st->st_ino == n->upper_ino;
}

static int open_in(struct un *u, struct node *dir, int parent_fd, struct upper_fd *ret)
{
    struct stat st;
    int fd = entry_open(parent_fd, dir->name, O_PATH | O_DIRECTORY), r = 0;

    if (fd < 0)
        return stale(fd);
    if (fstat(fd, &st) < 0)
        r = -errno;
    else if (!upper_is(u, dir, &st))
        r = -ESTALE;
    if (r < 0) {
        close(fd);
        return r;
    }
    ret->entry = fd_cache_add(u->fds, dir_key(dir), fd);
    if (!ret->entry)
        return -ENOMEM;
    ret->fd = fd_cache_fd(ret->entry);
    return 0;
}

int upper_open(struct un *u, struct node *dir, struct upper_fd *ret)
{
    cleanup_free struct node **way = NULL;
    struct node *top = dir;
    size_t depth = 0;

    while (!is_open(u, top, ret)) {
        if (!top->upper_ino || !top->parent)
            return -ESTALE;
        depth++;
        top = top->parent;
    }
    if (depth == 0)
        return 0;
    way = reallocarray(NULL, depth, sizeof(struct node *));
    if (!way) {
        upper_close(u, ret);
        return -ENOMEM;
    }
    for (size_t i = depth; i-- > 0; dir = dir->parent)
        way[i] = dir;
    for (size_t i = 0; i < depth; i++) {
        struct upper_fd above = *ret;
        int r;

        *ret = (struct upper_fd){.fd = -1};
        r = open_in(u, way[i], above.fd, ret);
        upper_close(u, &above);
        if (r < 0)
            return r;
    }
    return 0;
}

int upper_where(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where)
{
    *ret = (struct upper_fd){.fd = -1};
    if (n == u->root) {
        *ret_where = (struct where){u->branch->config.upper_fd, "."};
        return 0;
    }
    if (!n->parent) {
        *ret_where = (struct where){n->held_fd, n->type == S_IFDIR ? "." : ""};
        return n->held_fd < 0 ? -ESTALE : 0;
    }
    int r = upper_open(u, n->parent, ret);

    if (r == 0)
        *ret_where = (struct where){ret->fd, n->name};
    return r;
}

/* With owners in attributes a regular file stands for types that cannot be created. */
static bool has_type(const struct un *u, const struct node *n, const struct stat *st)
{
    uint32_t type = st->st_mode & S_IFMT;

    return type == n->type ||
           (u->branch->config.override && type == S_IFREG && n->type != S_IFDIR && n->type != S_IFLNK);
}

/* If the content is open, its descriptor was checked then, and is of this file for ever. */
static bool is_content_open(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where)
{
    *ret = (struct upper_fd){.fd = -1};
    if (n->type == S_IFREG)
        ret->entry = fd_cache_get(u->fds, content_key(n));
    if (!ret->entry)
        return false;
    ret->fd = fd_cache_fd(ret->entry);
    *ret_where = (struct where){ret->fd, NULL};
    return true;
}

int upper_pin(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where,
              struct stat *ret_st)
{
    struct upper_fd dir;
    struct stat st;
    int r;

    if (is_content_open(u, n, ret, ret_where)) {
        r = ret_st ? where_stat(*ret_where, ret_st) : 0;
        if (r < 0)
            upper_close(u, ret);
        return r;
    }
    r = upper_where(u, n, &dir, ret_where);
    if (r < 0)
        return r;
    if (!n->parent || n == u->root) { /* already a descriptor */
        r = ret_st ? where_stat(*ret_where, ret_st) : 0;
        *ret = dir;
        return r;
    }
    r = stale(where_pin(*ret_where, &st));
    upper_close(u, &dir);
    if (r < 0)
        return r;
    *ret = (struct upper_fd){.fd = r, .own = true};
    *ret_where = (struct where){r, ""};
    if (!upper_is(u, n, &st) || !has_type(u, n, &st)) {
        upper_close(u, ret);
        return -ESTALE;
    }
    if (ret_st)
        *ret_st = st;
    return 0;
}

int upper_or_tree(struct un *u, uint64_t id, struct upper_or_tree *ret)
{
    int r;

    *ret = (struct upper_or_tree){.tree = id, .n = core_known(u, id), .fd.fd = -1};
    if (!ret->n)
        return id >= NODE_BORN ? -ESTALE : 0;
    ret->tree = ret->n->tree;
    if (!ret->n->upper_ino)
        return ret->tree ? 0 : -ESTALE;
    r = upper_where(u, ret->n, &ret->fd, &ret->where);
    return r < 0 ? r : 1;
}

void upper_or_tree_done(struct un *u, struct upper_or_tree *s)
{
    upper_close(u, &s->fd);
    core_done(u, s->n);
}

/* ---- names */

/* Whiteouts in the attribute form are empty files in a directory that says so. 1, 0 or an error. */
static int is_whiteout(const struct un *u, int dirfd, const char *name, uint8_t type, bool attribute_form)
{
    struct stat st;

    if (type != DT_CHR && (type != DT_REG || !attribute_form))
        return 0;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    /* A device only by its override attribute is no whiteout. */
    return branch_is_whiteout(u->branch, (struct where){dirfd, name}, &st, attribute_form);
}

static int load_one(struct un *u, struct node *dir, struct names *names, int dirfd, const struct dirent *e,
                    bool attribute_form)
{
    uint8_t type = e->d_type;
    uint64_t upper_ino = e->d_ino;
    struct name *name;
    int in_tree = core_tree_has(u, dir->tree, e->d_name), whiteout;

    if (in_tree < 0)
        return in_tree;
    if (type == DT_UNKNOWN) {
        struct stat st;
        int r = owner_stat(u->branch, (struct where){dirfd, e->d_name}, &st);

        if (r < 0)
            return r;
        type = (uint8_t)IFTODT(st.st_mode);
        upper_ino = st.st_ino;
    }
    whiteout = is_whiteout(u, dirfd, e->d_name, type, attribute_form);
    if (whiteout < 0)
        return whiteout;
    name = names_add(names, e->d_name);
    if (!name)
        return -ENOMEM;
    /* The file's own attribute says what it is, and is asked for when it is looked up. */
    name->type = type == DT_REG && u->branch->config.override ? DT_UNKNOWN : type;
    name->in_tree = in_tree > 0;
    name->whiteout = whiteout > 0;
    name->upper_ino = name->whiteout ? 0 : upper_ino;
    if (!name->whiteout && type != DT_DIR && !dir->impure)
        name->ino = tree_outside_ino(u->tree, u->branch->dev, upper_ino);
    return 0;
}

/* Parse an entry where marks are names. 1 if it is not a file. */
static int load_mark(struct un *u, const struct node *dir, struct names *names, int dirfd, const char *entry)
{
    const char *removed = NULL;
    int kind = name_entry(dirfd, entry, &removed), in_tree;
    struct name *name;

    if (kind != NAME_ENTRY_GONE || names_find(names, removed))
        return kind < 0 ? kind : kind != NAME_ENTRY_FILE;
    in_tree = core_tree_has(u, dir->tree, removed);
    if (in_tree < 0)
        return in_tree;
    name = names_add(names, removed);
    if (!name)
        return -ENOMEM;
    name->whiteout = true;
    name->in_tree = in_tree > 0;
    return 1;
}

static int load_entry(struct un *u, struct node *dir, struct names *names, int dirfd, const struct dirent *e,
                      bool attribute_form)
{
    int r = u->branch->config.marks_are_names ? load_mark(u, dir, names, dirfd, e->d_name) : 0;

    return r == 0 ? load_one(u, dir, names, dirfd, e, attribute_form) : r < 0 ? r : 0;
}

static int load_all(struct un *u, struct node *dir, int dirfd, struct names *names)
{
    /* If whiteouts are files, a crash during a rename may leave one in any directory. */
    int attribute_form = u->branch->whiteouts_are_files
                             ? 1
                             : branch_mark_is(u->branch, (struct where){dirfd, "."}, MARK_OPAQUE, 'x');
    cleanup_dir DIR *listing = NULL;
    int r = attribute_form < 0 ? attribute_form : dir_reopen(dirfd, &listing);

    for (const struct dirent *e; r == 0 && (e = dir_next(listing, &r));)
        if ((r = load_entry(u, dir, names, dirfd, e, attribute_form)) == -ENOENT &&
            u->branch->config.only_looks)
            r = 0;
    return r;
}

void upper_unload(struct node *dir)
{
    names_free(dir->names);
    dir->names = NULL;
}

void upper_load_new(struct node *dir)
{
    if (dir->names)
        return;
    dir->names = names_new();
    dir->impure = true;
    if (dir->names)
        names_begin_listing(dir->names);
}

int upper_load(struct un *u, struct node *dir)
{
    struct upper_fd fd;
    struct names *names;
    int r, impure = 1;

    if (dir->names)
        return 0;
    r = upper_open(u, dir, &fd);
    if (r < 0)
        return r;
    /* A merged directory may hold anything of the tree; others have a mark, unless marks are names. */
    if (!dir->tree && !u->branch->config.marks_are_names)
        impure = branch_mark_has(u->branch, (struct where){fd.fd, "."}, MARK_IMPURE);
    dir->impure = impure > 0;
    names = impure < 0 ? NULL : names_new();
    r = impure < 0 ? impure : names ? load_all(u, dir, fd.fd, names) : -ENOMEM;
    upper_close(u, &fd);
    if (r < 0) {
        names_free(names);
        return r;
    }
    names_begin_listing(names);
    dir->names = names;
    return 0;
}

int upper_make_impure(struct un *u, struct node *dir)
{
    struct upper_fd fd;
    int r;

    if (dir->impure)
        return 0;
    r = upper_open(u, dir, &fd);
    if (r < 0)
        return r;
    r = branch_mark_set(u->branch, (struct where){fd.fd, "."}, MARK_IMPURE, "y", 1);
    upper_close(u, &fd);
    dir->impure = r == 0;
    return r;
}

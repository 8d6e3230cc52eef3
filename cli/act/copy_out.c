/* SPDX-License-Identifier: Apache-2.0 */
#include "act/copy_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "act/copy_meta.h"
#include "act/copy_place.h"
#include "act/interrupt.h"
#include "command/verb.h"
#include "os/array.h"
#include "os/beneath.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/copy_content.h"
#include "show/ls_format.h"
#include "show/tree_path.h"
#include "study/key_table.h"
#include "tree/path_walk.h"

/* A directory of the copy. */
struct dir {
    size_t parent; /* index in the list; the top directory is its own parent */
    char *name;    /* in the parent */
    uint64_t node; /* holds a reference */
    dev_t dev;
    ino_t ino;
};

/* The first copy of a file with several names. */
struct first {
    size_t dir;
    char *name;
    dev_t dev;
    ino_t ino;
};

struct copy {
    struct tree *tree;
    const char *dest; /* path of the top directory, for messages */
    bool all, failed;
    int top; /* descriptor */
    struct dir *dirs;
    size_t n_dirs;
    struct key_table nodes; /* of files with several names; key numbers are indexes in `firsts` */
    struct first *firsts;
    size_t n_firsts;
    struct copy_place place;
    struct copy_meta meta;
    struct copy_lost devices;
};

/* A file of the tree to be copied to `name` in the directory `fd`, whose index is `dir`. */
struct item {
    uint64_t node;
    struct tree_attr attr;
    size_t dir;
    int fd;
    const char *name;
};

/* Path components to a directory, leaf first. */
struct chain {
    struct buf numbers; /* size_t */
    size_t n;
};

static int chain_of(const struct copy *c, size_t dir, struct chain *ret)
{
    int r = 0;

    for (size_t at = dir; at != 0 && r == 0; at = c->dirs[at].parent, ret->n++)
        r = buf_append(&ret->numbers, &at, sizeof at);
    return r;
}

static const char *chain_name(const struct copy *c, const struct chain *chain, size_t i)
{
    size_t dir;

    memcpy(&dir, (const char *)chain->numbers.data + i * sizeof dir, sizeof dir);
    return c->dirs[dir].name;
}

static int append_path(const struct copy *c, size_t dir, struct buf *b)
{
    struct chain chain = {.numbers = BUF_INIT};
    int r = chain_of(c, dir, &chain);

    if (r == 0)
        r = buf_append(b, c->dest, strlen(c->dest));
    for (size_t n = chain.n; n-- > 0 && r == 0;)
        r = buf_printf(b, "/%s", chain_name(c, &chain, n));
    buf_free(&chain.numbers);
    return r;
}

/* Formats a destination path for messages; "?" if out of memory. */
static const char *path_of(const struct copy *c, size_t dir, const char *name, struct buf *b)
{
    bool here = dir == 0 && name && strcmp(c->dest, ".") == 0;
    int r = here ? 0 : append_path(c, dir, b);

    if (r == 0 && name)
        r = buf_printf(b, "%s%s", here || (b->len && ((const char *)b->data)[b->len - 1] == '/') ? "" : "/",
                       name);
    return r == 0 && buf_str(b) ? buf_str(b) : "?";
}

/* Reports an error. An error that every further file would have ends the copy and is returned. */
static int tell(struct copy *c, size_t dir, const char *name, int error, const char *what)
{
    cleanup_buf struct buf b = BUF_INIT;

    c->failed = true;
    if (error == -ECANCELED)
        return error;
    cli_failf("%s: %s", path_of(c, dir, name, &b),
              what                ? what
              : error == -EUCLEAN ? "the image's tree is damaged"
                                  : strerror(-error));
    switch (error) {
    case -ENOSPC:
    case -EDQUOT:
    case -EROFS:
    case -EIO:
    case -ENOMEM:
    case -EUCLEAN:
        return error;
    default:
        return 0;
    }
}

/* Opens a directory of the copy component by component: a path may exceed PATH_MAX. */
static int open_dir(const struct copy *c, size_t dir)
{
    struct chain chain = {.numbers = BUF_INIT};
    struct stat st;
    int r = chain_of(c, dir, &chain);
    cleanup_fd int fd = fcntl(c->top, F_DUPFD_CLOEXEC, 0);

    if (r == 0 && fd < 0)
        r = -errno;
    for (size_t n = chain.n; n-- > 0 && r == 0;) {
        int next = beneath_open(fd, chain_name(c, &chain, n), O_RDONLY | O_DIRECTORY, 0);
        if (next < 0) {
            r = next;
            break;
        }
        close(fd);
        fd = next;
    }
    buf_free(&chain.numbers);
    if (r < 0)
        return r;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_dev != c->dirs[dir].dev || st.st_ino != c->dirs[dir].ino)
        return -ESTALE; /* another process has replaced the directory */
    return steal_fd(&fd);
}

/* Appends a directory that is open at the destination. Takes over the reference on the node. */
static int add_dir(struct copy *c, size_t parent, const char *name, uint64_t node, int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    struct dir *more = array_room(c->dirs, c->n_dirs, sizeof *more);

    if (!more)
        return -ENOMEM;
    c->dirs = more;
    char *own = strdup(name);
    if (!own)
        return -ENOMEM;
    c->dirs[c->n_dirs++] = (struct dir){parent, own, node, st.st_dev, st.st_ino};
    return 0;
}

/* ---- one file */

static int write_content(struct copy *c, const struct item *i)
{
    struct tree_content content;
    mode_t mode = c->all ? 0600 : i->attr.mode & 0777;
    cleanup_fd int fd =
        openat(c->place.stage, COPY_PLACE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

    if (fd < 0)
        return -errno;
    int r = tree_content(c->tree, i->node, &content);
    if (r < 0)
        return r;
    r = copy_content(content.fd, content.offset, content.size, 0, fd, 0);
    tree_content_put(c->tree, &content);
    return r;
}

static int write_link(struct copy *c, const struct item *i)
{
    cleanup_free char *target = NULL;
    size_t len;
    int r = tree_link_target(c->tree, i->node, &target, &len);

    if (r < 0)
        return r;
    return symlinkat(target, c->place.stage, COPY_PLACE_NEW) < 0 ? -errno : 0;
}

/* Makes the file in the staging directory. */
static int make(struct copy *c, const struct item *i, const char *path)
{
    int r;

    if (S_ISREG(i->attr.mode))
        r = write_content(c, i);
    else if (S_ISLNK(i->attr.mode))
        r = write_link(c, i);
    else
        r = mknodat(c->place.stage, COPY_PLACE_NEW, (i->attr.mode & S_IFMT) | 0600,
                    makedev(i->attr.rdev_major, i->attr.rdev_minor)) < 0
                ? -errno
                : 0;
    if (r == 0 && c->all)
        r = copy_meta_set(&c->meta, c->tree, i->node, &i->attr, c->place.stage, COPY_PLACE_NEW, path);
    return r;
}

/* Makes another hard link to the first copy, if it is still the file made here. */
static int make_link(struct copy *c, const struct first *first)
{
    cleanup_fd int fd = open_dir(c, first->dir);
    struct stat st;

    if (fd < 0)
        return fd;
    if (linkat(fd, first->name, c->place.stage, COPY_PLACE_NEW, 0) < 0)
        return -errno;
    if (fstatat(c->place.stage, COPY_PLACE_NEW, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (st.st_dev == first->dev && st.st_ino == first->ino)
        return 0;
    copy_place_drop(&c->place);
    return -ESTALE;
}

/* Finds the record of a file's first copy for its other names; NULL for a file with one name. *ret_new: this is the
 * first copy. */
static int find_first(struct copy *c, const struct item *i, struct first **ret, bool *ret_new)
{
    size_t number;

    *ret = NULL;
    *ret_new = false;
    if (!c->all || i->attr.nlink < 2)
        return 0;
    int r = key_table_add(&c->nodes, i->node, &number);
    if (r < 0)
        return r;
    if (r == 1) {
        struct first *more = array_room(c->firsts, number, sizeof *more);
        if (!more)
            return -ENOMEM;
        c->firsts = more;
        c->firsts[number] = (struct first){0};
        c->n_firsts = number + 1;
    }
    *ret = &c->firsts[number];
    *ret_new = !(*ret)->name;
    return 0;
}

static int remember(struct copy *c, const struct item *i, struct first *first)
{
    struct stat st;

    if (fstatat(c->place.stage, COPY_PLACE_NEW, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    char *name = strdup(i->name);
    if (!name)
        return -ENOMEM;
    free(first->name);
    *first = (struct first){i->dir, name, st.st_dev, st.st_ino};
    return 0;
}

static int make_and_put(struct copy *c, const struct item *i, const char *path)
{
    struct first *first;
    bool is_new;
    int r = find_first(c, i, &first, &is_new);

    if (r < 0)
        return r;
    /* -EAGAIN: the staging directory has moved to the right file system. */
    for (int tries = 0; tries < 2; tries++) {
        r = copy_place_for(&c->place, i->fd);
        bool linked = r == 0 && first && !is_new && make_link(c, first) == 0;
        if (r == 0 && !linked)
            r = make(c, i, path);
        if (r == 0 && first && !linked)
            r = remember(c, i, first);
        if (r == 0)
            r = copy_place_put(&c->place, i->fd, i->name);
        /* Also after success: rename(2) onto another name of the same file keeps both. */
        copy_place_drop(&c->place);
        if (r != -EAGAIN)
            break;
    }
    return r;
}

static bool is_device(uint32_t mode)
{
    return S_ISCHR(mode) || S_ISBLK(mode);
}

/* Copies one file that is no directory. */
static int copy_one(struct copy *c, const struct item *i)
{
    cleanup_buf struct buf b = BUF_INIT;
    const char *path = path_of(c, i->dir, i->name, &b);
    struct stat st;
    bool there = fstatat(i->fd, i->name, &st, AT_SYMLINK_NOFOLLOW) == 0;

    if (there && S_ISDIR(st.st_mode))
        return tell(c, i->dir, i->name, -EISDIR, "a directory, which no file replaces");
    int r = make_and_put(c, i, path);
    if (r == -EPERM && is_device(i->attr.mode)) {
        copy_lost_add(&c->devices, r, path);
        c->failed = true;
        return 0;
    }
    return r < 0 ? tell(c, i->dir, i->name, r, NULL) : 0;
}

/* ---- a tree */

/* Makes a directory, or opens the existing one. Takes over the reference on the node. */
static int enter(struct copy *c, const struct item *i)
{
    int r = mkdirat(i->fd, i->name, 0700) < 0 && errno != EEXIST ? -errno : 0;
    cleanup_fd int fd = r < 0 ? r : beneath_open(i->fd, i->name, O_RDONLY | O_DIRECTORY, 0);

    if (fd >= 0)
        r = add_dir(c, i->dir, i->name, i->node, fd);
    if (fd >= 0 && r == 0)
        return 0;
    tree_forget(c->tree, i->node, 1);
    if (fd == -ENOTDIR || fd == -ELOOP)
        return tell(c, i->dir, i->name, fd, "not a directory, and none replaces it");
    return tell(c, i->dir, i->name, fd < 0 ? fd : r, NULL);
}

static int copy_name(struct copy *c, size_t dir, int fd, const struct tree_entry *e)
{
    struct item i = {.dir = dir, .fd = fd};
    cleanup_free char *name = strndup(e->name, e->name_len);

    if (!name)
        return tell(c, dir, NULL, -ENOMEM, NULL);
    if (*interrupt_flag())
        return -ECANCELED;
    i.name = name;
    int r = tree_lookup(c->tree, c->dirs[dir].node, name, e->name_len, &i.node, &i.attr);
    if (r < 0)
        return tell(c, dir, name, r, NULL);
    if (S_ISDIR(i.attr.mode))
        return enter(c, &i);
    r = copy_one(c, &i);
    tree_forget(c->tree, i.node, 1);
    return r;
}

static int fill(struct copy *c, size_t dir)
{
    char scratch[256];
    struct tree_entry e;
    cleanup_fd int fd = open_dir(c, dir);
    int r = 0;

    if (fd < 0)
        return tell(c, dir, NULL, fd, fd == -ESTALE ? "another process replaced the directory" : NULL);
    for (uint64_t i = 0; r == 0; i++) {
        int found = tree_entry(c->tree, c->dirs[dir].node, i, &e, scratch);
        if (found < 0)
            return tell(c, dir, NULL, found, NULL);
        if (found == 0)
            break;
        r = copy_name(c, dir, fd, &e);
    }
    return r;
}

/* Sets the metadata of directories at the end, deepest first: a mode may forbid writing, and new files change their
 * directory's times. */
static int finish(struct copy *c, size_t dir)
{
    cleanup_buf struct buf b = BUF_INIT;
    struct tree_attr attr;
    cleanup_fd int fd = open_dir(c, dir);

    if (fd < 0)
        return tell(c, dir, NULL, fd, NULL);
    int r = tree_getattr(c->tree, c->dirs[dir].node, &attr);
    if (r == 0)
        r = copy_meta_set(&c->meta, c->tree, c->dirs[dir].node, &attr, fd, ".", path_of(c, dir, NULL, &b));
    return r < 0 ? tell(c, dir, NULL, r, NULL) : 0;
}

static int copy_tree(struct copy *c)
{
    int r = 0;

    for (size_t i = 0; i < c->n_dirs && r == 0; i++)
        r = fill(c, i);
    copy_place_end(&c->place); /* changes the times of the staging directory's parent */
    for (size_t i = c->n_dirs; i-- > 0 && r == 0;)
        r = finish(c, i);
    return r;
}

/* ---- the destination */

/* Returns the last component of a path, its length without trailing slashes; "" if the path has none. */
static const char *last_name(const char *path, size_t *ret_len)
{
    size_t len = strlen(path), from;

    while (len > 0 && path[len - 1] == '/')
        len--;
    for (from = len; from > 0 && path[from - 1] != '/';)
        from--;
    *ret_len = len - from;
    if ((*ret_len == 1 && path[from] == '.') || (*ret_len == 2 && memcmp(path + from, "..", 2) == 0))
        *ret_len = 0;
    return path + from;
}

/* The destination: a directory, and a name in it ("": the directory itself). */
struct target {
    int fd;
    char *path, *name; /* of both; fresh memory */
};

static int find_target(const char *source, const char *dest, struct target *ret)
{
    size_t len;
    const char *name = last_name(source, &len);

    ret->fd = open(dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ret->fd >= 0) {
        ret->path = strdup(dest);
    } else {
        if (errno != ENOENT && errno != ENOTDIR)
            return -errno;
        name = last_name(dest, &len);
        if (len == 0)
            return -ENOENT;
        ret->path = name == dest ? strdup(".") : strndup(dest, (size_t)(name - dest));
        ret->fd = ret->path ? open(ret->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        if (ret->path && ret->fd < 0)
            return -errno;
    }
    ret->name = strndup(name, len);
    return ret->path && ret->name ? 0 : -ENOMEM;
}

static int begin_tree(struct copy *c, const struct target *t, uint64_t node)
{
    int made = *t->name && mkdirat(t->fd, t->name, 0700) < 0 && errno != EEXIST ? -errno : 0;

    c->top = made < 0   ? made
             : *t->name ? beneath_open(t->fd, t->name, O_RDONLY | O_DIRECTORY, 0)
                        : fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
    if (c->top < 0)
        return c->top;
    tree_ref(c->tree, node, 1);
    int r = add_dir(c, 0, "", node, c->top);
    if (r < 0)
        tree_forget(c->tree, node, 1);
    return r;
}

static void done(struct copy *c)
{
    copy_place_end(&c->place);
    copy_meta_tell(&c->meta);
    if (c->devices.n)
        cli_failf("%llu devices could not be created: %s (the first was %s)",
                  (unsigned long long)c->devices.n, strerror(-c->devices.error),
                  c->devices.first ? c->devices.first : "");
    for (size_t i = 0; i < c->n_dirs; i++) {
        tree_forget(c->tree, c->dirs[i].node, 1);
        free(c->dirs[i].name);
    }
    for (size_t i = 0; i < c->n_firsts; i++)
        free(c->firsts[i].name);
    if (c->top >= 0)
        close(c->top);
    free(c->dirs);
    free(c->firsts);
    free(c->devices.first);
    key_table_free(&c->nodes);
    copy_meta_free(&c->meta);
}

static int copy_to(struct copy *c, const struct target *t, uint64_t node, const struct tree_attr *attr)
{
    cleanup_buf struct buf b = BUF_INIT;
    int r;

    if (!S_ISDIR(attr->mode)) {
        const struct item i = {node, *attr, 0, t->fd, t->name};
        c->dest = t->path;
        return copy_one(c, &i);
    }
    c->dest = t->path;
    if (*t->name) {
        c->dest = path_of(c, 0, t->name, &b);
    }
    r = begin_tree(c, t, node);
    if (r == -ENOTDIR || r == -ELOOP)
        return tell(c, 0, NULL, r, "not a directory, and none replaces it");
    return r < 0 ? tell(c, 0, NULL, r, NULL) : copy_tree(c);
}

int copy_out(struct tree *t, const char *path, const char *word, const char *dest, bool all)
{
    struct copy c = {.tree = t, .all = all, .top = -1, .place = COPY_PLACE_INIT};
    struct target target = {.fd = -1};
    struct tree_attr attr;
    uint64_t node;
    size_t len = strlen(path);
    int r = tree_walk(t, path, !all || (len > 1 && path[len - 1] == '/'), &node, &attr);

    if (r < 0)
        return cli_failf("%s: %s", word, r == -EUCLEAN ? "the image's tree is damaged" : strerror(-r));
    int status = STATUS_DONE;
    size_t dest_len = strlen(dest);
    if (!all && S_ISDIR(attr.mode))
        status = cli_failf("%s is a directory: mica cp -a copies it recursively", word);
    else if (!all && !S_ISREG(attr.mode))
        status = cli_failf("%s: not a regular file, but of type %s: mica cp -a copies it as one", word,
                           mode_type(attr.mode));
    else if ((r = find_target(path, dest, &target)) < 0)
        status = cli_failf("%s: %s", dest, strerror(-r));
    else if (!S_ISDIR(attr.mode) && dest_len && dest[dest_len - 1] == '/' && strcmp(target.path, dest) != 0)
        status = cli_failf("%s: not a directory", dest);
    if (status == STATUS_DONE) {
        interrupt_catch();
        r = copy_to(&c, &target, node, &attr);
        done(&c);
        status = r < 0 || c.failed ? STATUS_FAILED : STATUS_DONE;
        if (r == -ECANCELED) {
            cli_failf("interrupted; the files copied so far stay");
            status = interrupt_status();
        }
    }
    tree_forget(t, node, 1);
    if (target.fd >= 0)
        close(target.fd);
    free(target.path);
    free(target.name);
    return status;
}

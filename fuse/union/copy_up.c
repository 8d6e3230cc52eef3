/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying up: what is the tree's gets a copy in the upper, made in the work directory and put in its place by
 * one rename. Before the rename nothing has happened; after it everything has.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"
#include "union/aside.h"
#include "union/copy_content.h"
#include "union/keep_privileges.h"
#include "union/links.h"
#include "union/look.h"
#include "union/owner.h"
#include "union/place.h"
#include "union/redirect.h"
#include "union/xattr_policy.h"

#define LIST_MAX  65536
#define VALUE_MAX 65536

/* ---- what is copied besides content */

static int copy_xattr(struct un *u, uint64_t tree, const char *name, struct where to, char *value)
{
    ssize_t n = tree_getxattr(u->tree, tree, name, value, VALUE_MAX);

    if (n < 0)
        return n == -ENODATA ? 0 : (int)n;
    return owner_is_list(name) ? owner_set_list(u->branch, to, value, (size_t)n)
                               : where_setxattr(to, name, value, (size_t)n, 0);
}

/* Not what overlay file systems keep for themselves, nor what only the superuser could write again. */
static bool is_copied(const struct un *u, const char *name)
{
    return xattr_visible(name, !u->branch->config.user_xattrs);
}

static int copy_xattrs(struct un *u, uint64_t tree, struct where to)
{
    cleanup_free char *list = NULL, *value = NULL;
    ssize_t n = tree_listxattr(u->tree, tree, NULL, 0);
    int r = 0;

    if (n <= 0)
        return (int)n;
    list = malloc(LIST_MAX);
    value = malloc(VALUE_MAX);
    if (!list || !value)
        return -ENOMEM;
    n = tree_listxattr(u->tree, tree, list, LIST_MAX);
    if (n < 0)
        return (int)n;
    for (const char *name = list; r == 0 && name < list + n; name += strlen(name) + 1)
        if (is_copied(u, name))
            r = copy_xattr(u, tree, name, to, value);
    return r;
}

/* The number goes with the file; where it cannot be kept (aside.h), the file gets another one after a
 * remount.
 */
static int keep_ino(struct un *u, const struct node *n, struct where to)
{
    uint64_t ino = htole64(n->ino);
    int r;

    if (n->type == S_IFDIR)
        return 0;
    r = branch_mark_set(u->branch, to, MARK_INODE, &ino, sizeof ino);
    return r == -EOPNOTSUPP && u->branch->config.user_xattrs && n->type != S_IFREG ? 0 : r;
}

/* `is` is what the copy is so far. */
static int copy_metadata(struct un *u, const struct node *n, const struct tree_attr *a, struct where to,
                         const struct stat *is)
{
    const struct timespec times[2] = {a->atime, a->mtime};
    bool override = u->branch->config.override;
    int r = 0;

    if (override || is->st_uid != a->uid || is->st_gid != a->gid)
        r = owner_chown(u->branch, to, a->uid, a->gid);
    if (r == -EINVAL)
        r = -EOVERFLOW; /* no such user in this user namespace */
    if (r == 0)
        r = copy_xattrs(u, n->tree, to);
    if (r == 0 && n->type != S_IFLNK && (override || ((is->st_mode ^ a->mode) & 07777)))
        r = owner_chmod(u->branch, to, a->mode & 07777);
    if (r == 0)
        r = keep_ino(u, n, to);
    return r < 0 ? r : where_utimens(to, times);
}

/* ---- making it */

/* A copy on its way. */
struct copy_job {
    enum copy_up what;
    struct tree_attr attr;
    struct stat st; /* as it was made */
    char temporary[BRANCH_TEMPORARY_MAX];
    bool has_temporary; /* under that name in the work directory */
    int fd;             /* regular files: the copy */
    bool metacopy;
};

/* The copy, by its name where it has one. */
static struct where made(struct un *u, const struct copy_job *j)
{
    if (!j->has_temporary)
        return (struct where){j->fd, ""};
    return (struct where){u->branch->config.work_fd, j->temporary};
}

/* The same by its descriptor where it has one: the faster way. */
static struct where opened(struct un *u, const struct copy_job *j)
{
    return j->fd >= 0 ? (struct where){j->fd, NULL} : made(u, j);
}

static int make_link(struct un *u, const struct node *n, const char *name)
{
    char target[PATH_MAX];
    ssize_t len = tree_readlink(u->tree, n->tree, target, sizeof target - 1);

    if (len < 0)
        return (int)len;
    if ((size_t)len >= sizeof target)
        return -ENAMETOOLONG;
    target[len] = 0;
    return symlinkat(target, u->branch->config.work_fd, name) < 0 ? -errno : 0;
}

/* An empty object of the right type in the work directory; a file that is dead gets no name there either. */
static int make(struct un *u, const struct node *n, struct copy_job *j)
{
    int work = u->branch->config.work_fd, r = 0;
    dev_t rdev = makedev(j->attr.rdev_major, j->attr.rdev_minor);

    branch_temporary(u->branch, j->temporary);
    if (n->type == S_IFREG && n->dead) {
        j->fd = fd_unnamed(work);
        return j->fd < 0 ? j->fd : 0;
    }
    if (n->type == S_IFREG)
        r = j->fd = openat(work, j->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                           u->branch->config.override ? 0600 : j->attr.mode & 0777);
    else if (n->type == S_IFDIR)
        r = mkdirat(work, j->temporary, 0700);
    else if (n->type == S_IFLNK)
        return (r = make_link(u, n, j->temporary)) < 0 ? r : (j->has_temporary = true, 0);
    else
        r = mknodat(work, j->temporary, (u->branch->config.override ? S_IFREG : n->type) | 0600, rdev);
    if (r < 0)
        return -errno;
    j->has_temporary = true;
    return n->type == S_IFREG || n->type == S_IFDIR
               ? 0
               : owner_set(u->branch, made(u, j), &(struct stat){.st_mode = n->type | 0600, .st_rdev = rdev});
}

/* Without the lock: copies the content to `fd` and makes it durable, so that a name never comes before what
 * it names. */
static int fill(struct un *u, uint64_t tree, int fd)
{
    struct tree_content content;
    int r = tree_content(u->tree, tree, &content);

    if (r < 0)
        return r;
    r = copy_content(content.fd, content.offset, content.size, fd);
    tree_content_put(u->tree, &content);
    return r < 0 ? r : branch_settle(u->branch, fd);
}

static int fill_unlocked(struct un *u, struct node *n, int fd)
{
    int r;

    n->copying = true;
    pthread_mutex_unlock(&u->lock);
    r = fill(u, n->tree, fd);
    pthread_mutex_lock(&u->lock);
    n->copying = false;
    pthread_cond_broadcast(&u->copied);
    return r;
}

/* The same into a file that has its metadata already. */
static int fill_keeping(struct un *u, struct node *n, int fd)
{
    struct privileges kept;
    int r = privileges_look(fd, &kept);

    if (r < 0)
        return r;
    r = fill_unlocked(u, n, fd);
    privileges_give_back(fd, &kept);
    return r;
}

static int make_content(struct un *u, struct node *n, struct copy_job *j)
{
    int r;

    if (n->type != S_IFREG || j->what == COPY_EMPTY || j->attr.size == 0)
        return 0;
    if (j->what == COPY_METADATA && u->branch->config.metacopy && !n->dead) {
        j->metacopy = true;
        if (ftruncate(j->fd, (off_t)j->attr.size) < 0)
            return -errno;
        r = branch_mark_set(u->branch, opened(u, j), MARK_METACOPY, "", 0);
        return r == 0 && j->attr.nlink > 1 ? redirect_mark(u, n, opened(u, j)) : r;
    }
    return fill_unlocked(u, n, j->fd);
}

/* ---- putting it in its place */

/* The directory that the tree has it in, in the upper and with its names loaded. */
static int find_place(struct un *u, const struct node *n, struct node **ret_dir, char name[256])
{
    uint64_t dir;
    int r = tree_name(u->tree, n->tree, &dir, name);

    return r < 0 ? r : copy_up_dir(u, dir, ret_dir);
}

static int put_in_place(struct un *u, struct node *n, struct copy_job *j, struct node *dir, const char *text)
{
    struct upper_fd fd;
    struct stat before;
    struct name *name;
    int r = upper_open(u, dir, &fd);

    if (r < 0)
        return r;
    r = where_stat((struct where){fd.fd, "."}, &before);
    if (r == 0 && !n->grouped)
        r = node_set_name(n, dir, text);
    name = r == 0 ? names_add(dir->names, text) : NULL;
    if (r == 0 && !name)
        r = -ENOMEM;
    if (r == 0 && renameat2(u->branch->config.work_fd, j->temporary, fd.fd, text, RENAME_NOREPLACE) < 0)
        r = -errno;
    if (r < 0) {
        if (!n->grouped)
            node_set_name(n, NULL, NULL);
        if (name)
            names_remove(dir->names, name);
    } else {
        const struct timespec times[2] = {before.st_atim, before.st_mtim};

        j->has_temporary = false;
        node_set_upper(u->nodes, n, j->st.st_ino);
        core_name_shows(name, n, true);
        /* Nothing has changed that anybody could see. */
        (void)where_utimens((struct where){fd.fd, "."}, times);
    }
    upper_close(u, &fd);
    return r;
}

/* Does the tree have several names for it? */
static bool is_linked(const struct node *n, const struct copy_job *j)
{
    return j->attr.nlink > 1 && n->type != S_IFDIR;
}

/* One of its names is the upper's from now on; where that is not to be had, none, and it is just one of the
 * links. */
static int publish_linked(struct un *u, struct node *n, struct copy_job *j)
{
    struct node *dir = NULL;
    char name[256];
    int r = place_find(u, n, &dir, name);

    if (r < 0 && r != -ENOENT)
        return r;
    r = links_begin(u, n, made(u, j), j->attr.nlink);
    if (r == 0 && dir && (r = put_in_place(u, n, j, dir, name)) < 0)
        links_end(u, n);
    if (r == 0 && !dir)
        node_set_upper(u->nodes, n, j->st.st_ino);
    if (r == 0 && dir)
        links_has_name(n);
    core_done(u, dir);
    return r;
}

static int publish(struct un *u, struct node *n, struct copy_job *j)
{
    struct node *dir;
    char name[256];
    int r;

    if (n->dead) {
        /* It may have lost its name meanwhile. */
        if (j->fd < 0)
            j->fd = openat(u->branch->config.work_fd, j->temporary, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (j->fd < 0)
            return -errno;
        core_hold(u, n, j->fd);
        j->fd = -1;
        node_set_upper(u->nodes, n, j->st.st_ino);
        return 0;
    }
    if (is_linked(n, j))
        return publish_linked(u, n, j);
    r = find_place(u, n, &dir, name);
    if (r < 0)
        return r;
    r = put_in_place(u, n, j, dir, name);
    core_done(u, dir);
    return r;
}

static bool in_upper(struct un *u, uint64_t id)
{
    struct node *n = core_known(u, id);
    bool is = n && n->upper_ino;

    core_done(u, n);
    return is;
}

static int lift(struct un *u, uint64_t node);

/* It came to nothing. */
static void forget_marks(struct un *u, const struct node *n, struct where copy)
{
    struct stat st;

    if (n->type != S_IFREG && n->type != S_IFDIR && where_stat(copy, &st) == 0)
        aside_forget(u->branch, st.st_ino);
}

static int copy_node(struct un *u, struct node *n, enum copy_up what)
{
    struct copy_job j = {.what = what, .fd = -1};
    int r = tree_getattr(u->tree, n->tree, &j.attr);

    if (r == 0 && !n->dead && !is_linked(n, &j))
        r = lift(u, n->tree);
    if (r == 0)
        r = make(u, n, &j);
    if (r == 0)
        r = where_stat(opened(u, &j), &j.st);
    if (r == 0)
        r = make_content(u, n, &j);
    if (r == 0)
        r = copy_metadata(u, n, &j.attr, opened(u, &j), &j.st);
    if (r == 0)
        r = publish(u, n, &j);
    if (r == 0)
        n->metacopy = j.metacopy;
    if (r < 0 && j.has_temporary)
        forget_marks(u, n, made(u, &j));
    if (j.has_temporary)
        branch_discard(u->branch, j.temporary);
    if (j.fd >= 0)
        close(j.fd);
    return r;
}

/* Brings the directories above a node of the tree into the upper, topmost first: each time round one, so that
 * a deep tree takes no deep stack. */
static int lift(struct un *u, uint64_t node)
{
    for (;;) {
        uint64_t at = node, above;
        struct node *n;
        char name[256];
        int r = tree_name(u->tree, at, &above, name);

        while (r == 0 && !in_upper(u, above)) {
            at = above;
            r = tree_name(u->tree, at, &above, name);
        }
        if (r < 0 || at == node)
            return r;
        r = core_node(u, at, &n);
        if (r < 0)
            return r;
        r = copy_node(u, n, COPY_METADATA);
        core_done(u, n);
        if (r < 0)
            return r;
    }
}

/*
 * Gives a file that has only its metadata in the upper its content. While the mark is there, what is in the
 * file does not count, but its size does: one of no bytes has been cut to nothing, and has its content.
 */
static int complete(struct un *u, struct node *n, enum copy_up what)
{
    struct upper_fd dir;
    struct where w;
    struct stat st;
    int r = upper_where(u, n, &dir, &w), fd = -1;

    if (r == 0)
        r = where_stat(w, &st);
    if (r == 0)
        r = fd = where_open(w, O_RDWR);
    if (fd >= 0 && what == COPY_EMPTY)
        r = ftruncate(fd, 0) < 0 ? -errno : 0;
    else if (fd >= 0 && st.st_size > 0)
        r = fill_keeping(u, n, fd);
    if (fd >= 0 && r >= 0) {
        const struct timespec times[2] = {st.st_atim, st.st_mtim};
        const struct where file = {fd, NULL};

        r = futimens(fd, times) < 0 ? -errno : 0;
        if (r == 0)
            r = branch_mark_remove(u->branch, file, MARK_METACOPY);
        n->metacopy = r < 0;
        if (r == 0) /* says nothing any more */
            (void)branch_mark_remove(u->branch, file, MARK_REDIRECT);
    }
    if (fd >= 0)
        close(fd);
    upper_close(u, &dir);
    return r;
}

int copy_up(struct un *u, struct node *n, enum copy_up what)
{
    while (n->copying)
        pthread_cond_wait(&u->copied, &u->lock);
    if (n->upper_ino && !(n->metacopy && what != COPY_METADATA))
        return 0;
    return n->upper_ino ? complete(u, n, what) : copy_node(u, n, what);
}

int copy_up_root(struct un *u, const struct tree_attr *attr)
{
    const struct where root = {u->branch->config.upper_fd, "."};
    const uint64_t ino = htole64(attr->ino);
    struct stat is;
    uint64_t kept;
    int r = branch_kept_ino(u->branch, root, &kept);

    if (r < 0 || kept)
        return r;
    r = where_stat(root, &is);
    if (r == 0)
        r = copy_metadata(u, u->root, attr, root, &is);
    return r < 0 ? r : branch_mark_set(u->branch, root, MARK_INODE, &ino, sizeof ino);
}

int copy_up_dir(struct un *u, uint64_t id, struct node **ret)
{
    int r = core_node(u, id, ret);

    if (r < 0)
        return r;
    if ((*ret)->type != S_IFDIR)
        r = -ENOTDIR;
    else if ((*ret)->dead)
        r = -ENOENT;
    else
        r = copy_up(u, *ret, COPY_METADATA);
    if (r == 0)
        r = upper_load(u, *ret);
    if (r == 0)
        r = names_reserve((*ret)->names);
    if (r < 0) {
        core_done(u, *ret);
        *ret = NULL;
    }
    return r;
}

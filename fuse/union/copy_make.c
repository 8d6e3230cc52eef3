/* SPDX-License-Identifier: Apache-2.0 */
#include "union/copy_make.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "os/acl.h"
#include "os/cleanup.h"
#include "os/copy_content.h"
#include "os/entry.h"
#include "os/fd.h"
#include "union/attributes.h"
#include "union/branch_marks.h"
#include "union/file_flags.h"
#include "union/owner.h"
#include "union/owner_list.h"
#include "union/protect.h"
#include "union/redirect.h"
#include "union/xattr_policy.h"

#define LIST_MAX  65536
#define VALUE_MAX 65536

/* ---- metadata */

/* Must the attribute be copied? Attributes that grant or deny access must, or the copy-up fails; the upper's
 * file system may refuse others, as in kernel overlayfs. */
static bool is_needed(const char *name)
{
    return owner_is_list(name) || strcmp(name, ACL_DEFAULT) == 0 ||
           strncmp(name, "security.", strlen("security.")) == 0;
}

static int copy_xattr(struct un *u, uint64_t tree, const char *name, struct where to, char *value)
{
    ssize_t n = attributes_of_tree_get(u, tree, name, value, VALUE_MAX);

    /* The capabilities count only in another user namespace: here they have no effect and cannot be
     * written. */
    if (n < 0)
        return n == -ENODATA || (n == -EOVERFLOW && strcmp(name, "security.capability") == 0) ? 0 : (int)n;
    if (owner_is_list(name) || strcmp(name, ACL_DEFAULT) == 0)
        n = (ssize_t)id_space_known_acl(&u->space, value, (size_t)n);
    n = attributes_of_upper_set(u, to, name, value, (size_t)n, 0);
    return n == -EOPNOTSUPP && !is_needed(name) ? 0 : (int)n;
}

/* Skip attributes that mounts hide, and those that only the superuser can write again. */
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
    n = attributes_of_tree_list(u, tree, list, LIST_MAX);
    if (n < 0)
        return (int)n;
    for (const char *name = list; r == 0 && name < list + n; name += strlen(name) + 1)
        if (is_copied(u, name))
            r = copy_xattr(u, tree, name, to, value);
    return r;
}

/* Keep the inode number with the file. Where that is not possible (aside.h) the number changes after a
 * remount. */
static int keep_ino(struct un *u, const struct node *n, struct where to)
{
    uint64_t ino = htole64(n->ino);
    int r;

    /* An orphan may never get a name (link.c). */
    if (n->type == S_IFDIR || (n->dead && u->branch->config.marks_are_names))
        return 0;
    r = branch_mark_set(u->branch, to, MARK_INODE, &ino, sizeof ino);
    return r == -EOPNOTSUPP && u->branch->config.user_xattrs && n->type != S_IFREG ? 0 : r;
}

int copy_metadata(struct un *u, struct node *n, const struct tree_attr *a, struct where to,
                  const struct stat *is)
{
    const struct timespec times[2] = {a->atime, a->mtime};
    bool override = u->branch->config.override;
    int r = 0;

    if (override || is->st_uid != a->uid || is->st_gid != a->gid)
        r = owner_chown(u->branch, to, a->uid, a->gid);
    if (r == -EINVAL)
        r = -EOVERFLOW; /* this user namespace does not map the owner */
    if (r == 0)
        r = copy_xattrs(u, n->tree, to);
    if (r == 0 && n->type != S_IFLNK && (override || ((is->st_mode ^ a->mode) & 07777)))
        r = owner_chmod(u->branch, to, a->mode & 07777);
    if (r == 0)
        r = keep_ino(u, n, to);
    if (r == 0 && n != u->root)
        r = protect_copy(u, n, to);
    return r < 0 ? r : where_utimens(to, times);
}

/* ---- making the copy */

struct where copy_made(struct un *u, const struct copy_job *j)
{
    if (!j->has_temporary)
        return (struct where){j->fd, ""};
    return (struct where){u->branch->config.work_fd, j->temporary};
}

/* Address the copy by its descriptor, if there is one: faster than by name. */
static struct where opened(struct un *u, const struct copy_job *j)
{
    return j->fd >= 0 ? (struct where){j->fd, NULL} : copy_made(u, j);
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

/* Create an empty object of the right type in the work directory; for an orphan without a name. */
static int make_empty(struct un *u, const struct node *n, struct copy_job *j)
{
    int work = u->branch->config.work_fd, r = 0;
    dev_t rdev = makedev(j->attr.rdev_major, j->attr.rdev_minor);

    branch_temporary(u->branch, j->temporary);
    if (n->type == S_IFREG && n->dead) {
        j->fd = u->held < u->nameless_max ? fd_unnamed(work) : -ENFILE;
        return j->fd < 0 ? j->fd : 0;
    }
    if (n->type == S_IFREG)
        r = j->fd = openat(work, j->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                           u->branch->config.override ? 0600 : j->attr.mode & 0777);
    else if (n->type == S_IFDIR)
        r = mkdirat(work, j->temporary, u->branch->config.override ? 0700 : (j->attr.mode & 0777) | 0700);
    else if (n->type == S_IFLNK)
        return (r = make_link(u, n, j->temporary)) < 0 ? r : (j->has_temporary = true, 0);
    else
        r = mknodat(work, j->temporary, (u->branch->config.override ? S_IFREG : n->type) | 0600, rdev);
    if (r < 0)
        return -errno;
    j->has_temporary = true;
    return n->type == S_IFREG || n->type == S_IFDIR
               ? 0
               : owner_set(u->branch, copy_made(u, j),
                           &(struct stat){.st_mode = n->type | 0600, .st_rdev = rdev});
}

/* The copying of a content, without the lock. */
struct filling {
    int fd; /* a file of `fd_size` bytes */
    uint64_t fd_size, blocks;
    bool knows_flags; /* the flags of the tree's file */
    unsigned flags;
};

/* Copy the content, and order it before later changes of names. */
static int fill(struct un *u, const struct tree_content *from, const struct filling *f)
{
    int r = copy_content(from->fd, from->offset, from->size, f->blocks, f->fd, f->fd_size);

    if (r == 0 && f->knows_flags)
        r = file_flags_give(f->fd, f->flags);
    else if (r == 0 && u->tree->ops->pin) /* a live layer's file */
        r = file_flags_copy(from->fd, f->fd);
    return r < 0 ? r : branch_settle(u->branch, f->fd);
}

static int open_and_fill(struct un *u, uint64_t tree, const struct filling *f)
{
    struct tree_content content;
    int r = tree_content(u->tree, tree, &content);

    if (r < 0)
        return r;
    r = fill(u, &content, f);
    tree_content_put(u->tree, &content);
    return r;
}

int copy_fill(struct un *u, struct node *n, const struct tree_content *from, int fd, uint64_t fd_size,
              uint64_t blocks)
{
    struct filling f = {fd, fd_size, blocks, false, 0};
    int r;

    f.knows_flags = protect_copied_flags(n, &f.flags);
    n->copying = true;
    pthread_mutex_unlock(&u->lock);
    r = from ? fill(u, from, &f) : open_and_fill(u, n->tree, &f);
    pthread_mutex_lock(&u->lock);
    n->copying = false;
    pthread_cond_broadcast(&u->copied);
    return r;
}

/* Is there no content to copy? Otherwise the flags are copied with it. */
static bool is_without_content(const struct node *n, const struct copy_job *j)
{
    return n->type == S_IFDIR || (n->type == S_IFREG && (j->what == COPY_EMPTY || j->attr.size == 0));
}

/* A file that cannot be opened has no flags to ask for. */
static int copy_flags_of_dir(struct un *u, const struct node *n, struct where to)
{
    cleanup_fd int from = -1, fd = -1;
    unsigned flags;

    if (protect_copied_flags(n, &flags)) {
        fd = flags ? where_open(to, O_RDONLY) : -1;
        return fd < 0 ? 0 : file_flags_give(fd, flags);
    }
    from = tree_open_dir(u->tree, n->tree);
    if (from < 0)
        return from == -EOPNOTSUPP || from == -EACCES || from == -EPERM ? 0 : from;
    if (!file_flags_to_copy(from))
        return 0;
    fd = where_open(to, O_RDONLY);
    return fd < 0 ? 0 : file_flags_copy(from, fd);
}

int copy_flags(struct un *u, const struct node *n, int fd)
{
    struct tree_content content;
    unsigned flags;
    int r;

    if (!u->tree->ops->pin) /* files of the tree are no files of the machine */
        return 0;
    if (protect_copied_flags(n, &flags))
        return file_flags_give(fd, flags);
    r = tree_content(u->tree, n->tree, &content);
    if (r < 0)
        return r == -EACCES || r == -EPERM || r == -EIO ? 0 : r;
    r = file_flags_copy(content.fd, fd);
    tree_content_put(u->tree, &content);
    return r;
}

bool copy_has_content(const struct un *u, const struct node *n, enum copy_up what, uint64_t size)
{
    return n->type == S_IFREG && size > 0 && what != COPY_EMPTY &&
           (what == COPY_CONTENT || !u->branch->config.metacopy || n->dead);
}

static int make_content(struct un *u, struct node *n, struct copy_job *j)
{
    int r;

    if (n->type != S_IFREG || j->what == COPY_EMPTY || j->attr.size == 0)
        return 0;
    if (!copy_has_content(u, n, j->what, j->attr.size)) {
        j->metacopy = true;
        if (ftruncate(j->fd, (off_t)j->attr.size) < 0)
            return -errno;
        r = branch_mark_set(u->branch, opened(u, j), MARK_METACOPY, "", 0);
        return r == 0 && j->attr.nlink > 1 ? redirect_mark(u, n, opened(u, j)) : r;
    }
    return copy_fill(u, n, j->content.fd >= 0 ? &j->content : NULL, j->fd, 0, j->attr.blocks);
}

int copy_make(struct un *u, struct node *n, struct copy_job *j)
{
    int r = make_empty(u, n, j);

    if (r == 0)
        r = where_stat(opened(u, j), &j->st);
    if (r == 0)
        r = make_content(u, n, j);
    if (r == 0 && is_without_content(n, j))
        r = n->type == S_IFDIR ? copy_flags_of_dir(u, n, copy_made(u, j)) : copy_flags(u, n, j->fd);
    return r < 0 ? r : copy_metadata(u, n, &j->attr, opened(u, j), &j->st);
}

void copy_end(struct un *u, struct copy_job *j)
{
    if (j->has_temporary)
        branch_discard(u->branch, j->temporary);
    if (j->fd >= 0)
        close(j->fd);
    if (j->content.fd >= 0)
        tree_content_put(u->tree, &j->content);
}

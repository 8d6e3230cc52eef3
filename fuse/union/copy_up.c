/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copy-up: decide when to copy which files of the tree, and in what order. copy_make.h makes the copy in the
 * work directory; copy_publish.h moves it into the upper by one rename.
 */
#include "union/copy_up.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os/acl.h"
#include "union/branch_marks.h"
#include "union/copy_dir.h"
#include "union/copy_publish.h"
#include "union/keep_privileges.h"
#include "union/owner.h"
#include "union/owner_list.h"
#include "union/upper.h"

/* Cache the descriptor: the caller is about to read, write or change the file (upper_pin). */
static void leave_open(struct un *u, const struct node *n, struct copy_job *j)
{
    struct fd_cache_entry *e;

    if (j->fd < 0 || n->metacopy)
        return;
    e = fd_cache_add(u->fds, content_key(n), j->fd);
    if (e)
        fd_cache_put(u->fds, e);
    j->fd = -1;
}

/* Without a mark for the file's number (name_marks.h) the node takes the copy's at once, as it would after
 * being forgotten. */
static int publish(struct un *u, struct node *n, struct copy_job *j)
{
    const uint64_t ino = n->ino;
    uint64_t kept = ino;
    int r = 0;

    if (u->branch->config.marks_are_names && n->type != S_IFDIR && !n->dead && !copy_is_linked(n, j))
        r = branch_kept_ino(u->branch, copy_made(u, j), &kept);
    if (r < 0)
        return r;
    if (kept == 0)
        n->ino = tree_outside_ino(u->tree, u->branch->dev, j->st.st_ino);
    r = copy_publish(u, n, j);
    if (r < 0)
        n->ino = ino;
    return r;
}

/* Look at the tree's file: if its content is to be copied, by opening it. */
static int look_at(struct un *u, const struct node *n, struct copy_job *j)
{
    if (copy_has_content(u, n, j->what, UINT64_MAX) &&
        tree_content_attr(u->tree, n->tree, &j->content, &j->attr) == 0)
        return 0;
    j->content.fd = -1;
    return tree_getattr(u->tree, n->tree, &j->attr);
}

static int copy_node(struct un *u, struct node *n, enum copy_up what)
{
    struct copy_job j = {.what = what, .fd = -1, .content.fd = -1};
    int r = look_at(u, n, &j);

    if (r == 0 && !n->dead && !copy_is_linked(n, &j))
        r = copy_up_above(u, n->tree);
    if (r == 0)
        r = copy_make(u, n, &j);
    if (r == 0)
        r = publish(u, n, &j);
    if (r == 0) {
        n->metacopy = false;
        if (j.metacopy)
            core_shares_content(n, &j.attr);
        leave_open(u, n, &j);
    }
    copy_end(u, &j);
    return r;
}

/* Copies the content into a file that has its metadata already. */
static int fill_keeping(struct un *u, struct node *n, int fd, uint64_t fd_size)
{
    struct privileges kept;
    int r = privileges_look(fd, &kept);

    if (r < 0)
        return r;
    r = copy_fill(u, n, NULL, fd, fd_size, 0);
    privileges_give_back(fd, &kept);
    return r;
}

/*
 * Copy the content of a file that has only its metadata in the upper. Under the metacopy mark the upper
 * file's data does not count, but its size does: a file truncated to nothing has all its content.
 */
static int complete(struct un *u, struct node *n, enum copy_up what)
{
    struct upper_fd dir;
    struct where w;
    struct stat st;
    int r = upper_pin(u, n, &dir, &w, &st), fd = -1;

    if (r == 0)
        r = fd = where_open(w, O_RDWR);
    if (fd >= 0 && what == COPY_EMPTY)
        r = ftruncate(fd, 0) < 0 ? -errno : 0;
    if (fd >= 0 && r >= 0 && (what == COPY_EMPTY || st.st_size == 0))
        r = copy_flags(u, n, fd);
    else if (fd >= 0 && r >= 0 && st.st_size > 0)
        r = fill_keeping(u, n, fd, (uint64_t)st.st_size);
    if (fd >= 0 && r >= 0) {
        const struct timespec times[2] = {st.st_atim, st.st_mtim};
        const struct where file = {fd, NULL};

        r = futimens(fd, times) < 0 ? -errno : 0;
        if (r == 0)
            r = branch_mark_remove(u->branch, file, MARK_METACOPY);
        n->metacopy = r < 0;
        if (r == 0) /* the redirect has no meaning without metacopy */
            (void)branch_mark_remove(u->branch, file, MARK_REDIRECT);
    }
    if (fd >= 0)
        close(fd);
    upper_close(u, &dir);
    return r;
}

int copy_up(struct un *u, struct node *n, enum copy_up what)
{
    if (n->type == S_IFDIR)
        return copy_up_directory(u, n, true);
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
    /* Drop the lists that the upper's root inherited from its parent directory. */
    r = owner_drop_list(root, ACL_ACCESS);
    if (r == 0)
        r = owner_drop_list(root, ACL_DEFAULT);
    if (r == 0)
        r = where_stat(root, &is);
    if (r == 0)
        r = copy_metadata(u, u->root, attr, root, &is);
    return r < 0 ? r : branch_mark_set(u->branch, root, MARK_INODE, &ino, sizeof ino);
}

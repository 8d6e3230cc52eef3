/* SPDX-License-Identifier: Apache-2.0 */
/* Removing names. A name that the tree has needs a whiteout, which replaces the upper's own file in one step:
 * at no moment is the tree's file visible. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "union/branch_whiteout.h"
#include "union/copy_up.h"
#include "union/keep.h"
#include "union/links.h"
#include "union/look.h"
#include "union/protect.h"
#include "union/remove.h"
#include "union/upper.h"

static int tree_shows_nothing(struct un *u, const struct node *dir, const struct tree_list *list)
{
    char scratch[256];
    struct tree_entry e;
    int r;

    for (uint64_t position = 0; (r = tree_entry_in(u->tree, dir->tree, list, position, &e, scratch)) > 0;
         position++) {
        /* No entry is left in the upper, so a recorded name is a whiteout. */
        if (!dir->names || !names_find(dir->names, e.name))
            return -ENOTEMPTY;
    }
    return r;
}

int remove_is_empty(struct un *u, struct node *dir)
{
    struct tree_list *list;
    int r = dir->upper_ino ? upper_load(u, dir) : 0;

    if (r < 0)
        return r;
    if (dir->names && names_count(dir->names) > 0)
        return -ENOTEMPTY;
    if (!dir->tree)
        return 0;
    r = tree_list_begin(u->tree, dir->tree, &list);
    if (r < 0)
        return r;
    r = tree_shows_nothing(u, dir, list);
    tree_list_done(u->tree, list);
    return r;
}

/* Empty and remove the directory moved to the work directory. One that somebody else put there is not
 * emptied: it is moved back, over the whiteout if there is one. */
static int discard_dir(struct un *u, const struct node *n, const char *temporary, int dirfd, const char *text,
                       bool whiteout)
{
    int work = u->branch->config.work_fd;
    struct stat st;

    if (fstatat(work, temporary, &st, AT_SYMLINK_NOFOLLOW) < 0 || upper_is(u, n, &st)) {
        branch_discard(u->branch, temporary);
        return 0;
    }
    if (whiteout)
        (void)branch_take_whiteout(u->branch, work, temporary, true, dirfd, text);
    else
        (void)branch_move_new(u->branch, work, temporary, dirfd, text);
    return -ESTALE;
}

/* Remove the file or directory from the upper. */
static int take_away(struct un *u, struct node *dir, struct name *name, const struct node *n)
{
    char temporary[BRANCH_TEMPORARY_MAX];
    struct upper_fd fd;
    int r = upper_open(u, dir, &fd);

    if (r < 0)
        return r;
    temporary[0] = 0;
    if (name->in_tree && n->type != S_IFDIR) {
        r = branch_cover_by_whiteout(u->branch, fd.fd, name->text);
    } else if (name->in_tree) {
        r = branch_replace_by_whiteout(u->branch, fd.fd, name->text, temporary);
    } else if (n->type != S_IFDIR) {
        r = unlinkat(fd.fd, name->text, 0) < 0 ? -errno : 0;
    } else if (unlinkat(fd.fd, name->text, AT_REMOVEDIR) < 0) {
        /* The directory holds whiteouts. */
        r = errno != ENOTEMPTY && errno != EEXIST ? -errno : 0;
        branch_temporary(u->branch, temporary);
        if (r == 0 && renameat(fd.fd, name->text, u->branch->config.work_fd, temporary) < 0)
            r = -errno;
    }
    if (r == 0 && temporary[0])
        r = discard_dir(u, n, temporary, fd.fd, name->text, name->in_tree);
    upper_close(u, &fd);
    return r;
}

static int remove_upper(struct un *u, struct node *dir, struct name *name, struct node *n)
{
    bool last;
    int r = keep_open(u, n, &last);

    if (r == 0)
        r = links_prepare(u, n);
    if (r == 0)
        r = take_away(u, dir, name, n);
    if (r < 0)
        return r;
    keep_without_name(u, n, dir, name->text, last);
    if (name->in_tree) {
        name->whiteout = true;
        name->upper_ino = name->ino = 0;
    } else {
        names_remove(dir->names, name);
    }
    return 0;
}

int remove_tree_name(struct un *u, struct node *dir, const char *text)
{
    struct upper_fd fd;
    struct name *name = names_add(dir->names, text);
    int r = name ? upper_open(u, dir, &fd) : -ENOMEM;

    if (r == 0) {
        r = branch_whiteout(u->branch, fd.fd, text);
        upper_close(u, &fd);
    }
    if (r < 0) {
        if (name)
            names_remove(dir->names, name);
        return r;
    }
    name->whiteout = name->in_tree = true;
    return 0;
}

/* Remove a name that only the tree has. */
static int remove_tree_file(struct un *u, struct node *dir, const char *text, struct node *n)
{
    bool last = true;
    int r = 0;

    if (n->upper_ino && n->type != S_IFDIR)
        r = keep_open(u, n, &last);
    if (r == 0)
        r = remove_tree_name(u, dir, text);
    if (r < 0)
        return r;
    keep_without_name(u, n, dir, text, last);
    return 0;
}

int remove_bring_up_links(struct un *u, struct node *n)
{
    return n->linked && !n->upper_ino && !n->dead ? copy_up(u, n, COPY_METADATA) : 0;
}

static int check_type(struct un *u, struct node *n, bool is_dir)
{
    if (!is_dir)
        return n->type == S_IFDIR ? -EISDIR : 0;
    return n->type != S_IFDIR ? -ENOTDIR : remove_is_empty(u, n);
}

/* A live layer may have lost the directory: the kernel must look it up again. */
static bool is_there(struct un *u, const struct node *dir)
{
    struct tree_attr attr;

    return tree_getattr(u->tree, dir->tree, &attr) == 0;
}

static int remove_in(struct un *u, uint64_t dir_id, const char *text, bool is_dir)
{
    struct node *dir, *n;
    struct name *name;
    int r = core_node(u, dir_id, &dir);

    if (r < 0)
        return r;
    r = look_node(u, dir, text, &n);
    if (r == -ENOENT && dir->tree && !dir->upper_ino && !is_there(u, dir))
        r = -ESTALE;
    if (r == 0) {
        struct node *again = NULL;

        r = protect_change(u, n, false);
        if (r == 0)
            r = protect_change(u, dir, false);
        if (r == 0)
            r = check_type(u, n, is_dir);
        /* Copy up only once the change is certain. */
        if (r == 0)
            r = remove_bring_up_links(u, n);
        if (r == 0)
            r = copy_up_dir(u, dir_id, &again);
        if (r == 0)
            r = look_name(u, dir, text, &name);
        if (r == 0 && !name && n->grouped) {
            r = links_materialize(u, n, dir, text);
            name = r == 0 ? names_find(dir->names, text) : NULL;
        }
        if (r == 0)
            r = name ? remove_upper(u, dir, name, n) : remove_tree_file(u, dir, text, n);
        core_done(u, again);
        core_done(u, n);
    }
    core_done(u, dir);
    return r;
}

static int remove_name(struct un *u, uint64_t dir, const char *text, bool is_dir)
{
    int r = core_check_name(text);

    if (r < 0)
        return r;
    if (!u->branch)
        return -EROFS;
    pthread_mutex_lock(&u->lock);
    r = remove_in(u, dir, text, is_dir);
    pthread_mutex_unlock(&u->lock);
    return r;
}

int un_unlink(struct un *u, uint64_t dir, const char *name)
{
    return remove_name(u, dir, name, false);
}

int un_rmdir(struct un *u, uint64_t dir, const char *name)
{
    return remove_name(u, dir, name, true);
}

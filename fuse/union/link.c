/* SPDX-License-Identifier: Apache-2.0 */
/* Further names of files, and files without names. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "union/branch_marks.h"
#include "union/branch_whiteout.h"
#include "union/copy_up.h"
#include "union/handles.h"
#include "union/links.h"
#include "union/look.h"
#include "union/owner.h"
#include "union/owner_make.h"
#include "union/protect.h"
#include "union/redirect.h"
#include "union/upper.h"

/* Replace a whiteout: the new link is made in the work directory and moved over it. */
static int link_over(struct un *u, struct where w, int dirfd, const char *name)
{
    char temporary[BRANCH_TEMPORARY_MAX];
    int work = u->branch->config.work_fd;
    int r = where_link(w, work, branch_temporary(u->branch, temporary));

    if (r == 0 && (r = branch_take_whiteout(u->branch, work, temporary, false, dirfd, name)) < 0)
        branch_discard(u->branch, temporary);
    return r;
}

/* Keep the number of a layer's file that was copied up without a name. */
static int keep_ino(struct un *u, const struct node *n, struct where w)
{
    const uint64_t ino = htole64(n->ino);

    return u->branch->config.marks_are_names && n->tree
               ? branch_mark_set(u->branch, w, MARK_INODE, &ino, sizeof ino)
               : 0;
}

static int link_in(struct un *u, struct node *n, struct node *dir, const char *text)
{
    struct name *name;
    struct upper_fd from, to;
    struct where w;
    bool in_tree, fresh;
    char *copy;
    int r = look_free(u, dir, text, &name, &in_tree);

    if (r < 0)
        return r;
    copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    fresh = !name;
    if (fresh && !(name = names_add(dir->names, text))) {
        free(copy);
        return -ENOMEM;
    }
    r = upper_pin(u, n, &from, &w, NULL);
    if (r == 0 && (r = upper_open(u, dir, &to)) == 0) {
        /* The new name needs the redirect of a metacopy. */
        r = n->metacopy ? redirect_mark(u, n, w) : 0;
        if (r == 0)
            r = upper_make_impure(u, dir);
        if (r == 0)
            r = links_prepare(u, n);
        if (r == 0)
            r = branch_mark_name(u->branch, w, n->type, text);
        if (r == 0 && n->dead)
            r = keep_ino(u, n, w);
        if (r == 0)
            r = fresh ? where_link(w, to.fd, text) : link_over(u, w, to.fd, text);
        upper_close(u, &to);
    }
    upper_close(u, &from);
    if (r < 0) {
        free(copy);
        if (fresh)
            names_remove(dir->names, name);
        return r;
    }
    core_name_shows(name, n, in_tree);
    if (n->dead) {
        n->dead = false;
        node_take_name(n, dir, copy);
    } else {
        free(copy);
    }
    return 0;
}

int un_link(struct un *u, uint64_t node, uint64_t dir, const char *text, struct stat *ret_st)
{
    struct node *n = NULL, *d = NULL;
    int r = core_check_name(text);

    if (r < 0)
        return r == -EINVAL ? -EEXIST : r;
    if (!u->branch)
        return -EROFS;
    r = branch_takes_name(u->branch, text);
    if (r < 0)
        return r;
    pthread_mutex_lock(&u->lock);
    r = core_node(u, node, &n);
    if (r == 0)
        r = n->type == S_IFDIR ? -EPERM : n->dead && n->held_fd < 0 ? -ENOENT : protect_change(u, n, false);
    if (r == 0)
        r = protect_names(u, dir, false);
    if (r == 0)
        r = copy_up(u, n, COPY_METADATA);
    if (r == 0 && (r = copy_up_dir(u, dir, &d)) == 0) {
        struct stat now;

        r = look_stat(u, n, ret_st);
        if (r == 0)
            r = link_in(u, n, d, text);
        if (r == 0 && look_stat(u, n, &now) == 0)
            *ret_st = now;
        else if (r == 0)
            ret_st->st_nlink++; /* the link exists already: report it */
        if (r == 0)
            core_ref(u, n, false);
        core_done(u, d);
    }
    core_done(u, n);
    pthread_mutex_unlock(&u->lock);
    return r;
}

static int open_unnamed(struct un *u, struct node *dir, mode_t mode, const struct un_caller *c)
{
    struct owner_new what = {.mode = S_IFREG | (mode & 07777), .caller = c};
    struct upper_fd fd;
    int r = upper_open(u, dir, &fd);

    if (r < 0)
        return r;
    what.dir = (struct where){fd.fd, "."};
    r = core_mask(dir, &what);
    if (r == 0)
        r = owner_make_unnamed(u->branch, &what);
    upper_close(u, &fd);
    return r;
}

int un_tmpfile(struct un *u, uint64_t dir, mode_t mode, const struct un_caller *c, uint64_t *ret_node,
               struct stat *ret_st)
{
    struct node *d, *n;
    int r;

    if (!u->branch)
        return -EROFS;
    pthread_mutex_lock(&u->lock);
    r = protect_names(u, dir, false);
    if (r == 0)
        r = copy_up_dir(u, dir, &d);
    if (r == 0) {
        int fd = u->held < u->nameless_max ? open_unnamed(u, d, mode, c) : -ENFILE;

        n = fd < 0 ? NULL : node_new(u->nodes, 0, S_IFREG);
        r = fd < 0 ? fd : n ? 0 : -ENOMEM;
        if (!n && fd >= 0)
            close(fd);
        if (n) {
            core_hold(u, n, fd);
            n->dead = true;
            r = owner_stat(u->branch, (struct where){fd, ""}, ret_st);
            if (r == 0) {
                node_set_upper(u->nodes, n, ret_st->st_ino);
                protect_none(n);
                n->ino = ret_st->st_ino = tree_outside_ino(u->tree, u->branch->dev, ret_st->st_ino);
                handles_number_new(u, n, (struct where){fd, ""});
                *ret_node = n->id;
                core_ref(u, n, false);
            }
            core_done(u, n);
        }
        core_done(u, d);
    }
    pthread_mutex_unlock(&u->lock);
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renaming. The file is copied up first; then one renameat2(2) makes all visible changes: it moves the file,
 * leaves a whiteout where the tree would show through, and replaces the target.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "union/branch_marks.h"
#include "union/branch_whiteout.h"
#include "union/copy_up.h"
#include "union/keep.h"
#include "union/links.h"
#include "union/look.h"
#include "union/name_marks.h"
#include "union/name_whiteout.h"
#include "union/owner.h"
#include "union/protect.h"
#include "union/redirect.h"
#include "union/remove.h"
#include "union/upper.h"

/* Source or target. */
struct end {
    struct node *dir;
    const char *text;
    struct node *n;    /* NULL: no file */
    struct name *name; /* record of the upper; NULL: none */
    bool in_tree;
};

struct renaming {
    struct end from, to;
    unsigned flags;
    char cleared[BRANCH_TEMPORARY_MAX]; /* temporary name of the replaced directory, in the work directory */
};

/* Look up the file of a name. */
static int look_end(struct un *u, struct end *e)
{
    struct node *before = e->n;
    int r;

    e->n = NULL;
    r = look_name(u, e->dir, e->text, &e->name);
    if (r == 0)
        r = look_node(u, e->dir, e->text, &e->n);
    e->in_tree = e->name ? e->name->in_tree : r == 0;
    core_done(u, before);
    return r == -ENOENT ? 0 : r;
}

static int record_end(struct un *u, struct end *e)
{
    int r = look_name(u, e->dir, e->text, &e->name);

    if (r < 0 && r != -ENOENT)
        return r;
    if (e->name) {
        e->in_tree = e->name->in_tree;
        return 0;
    }
    r = core_tree_has(u, e->dir->tree, e->text);
    e->in_tree = r > 0;
    return r < 0 ? r : 0;
}

/* ---- checks */

static int check_over(struct un *u, const struct renaming *m)
{
    if (!m->to.n)
        return m->flags & RENAME_EXCHANGE ? -ENOENT : 0;
    if (m->flags & RENAME_NOREPLACE)
        return -EEXIST;
    if (m->flags & RENAME_EXCHANGE)
        return 0;
    if (m->from.n->type == S_IFDIR)
        return m->to.n->type != S_IFDIR ? -ENOTDIR : remove_is_empty(u, m->to.n);
    return m->to.n->type == S_IFDIR ? -EISDIR : 0;
}

/* A directory with a part in the tree moves only with a redirect. */
static int check_moves(const struct un *u, const struct node *n)
{
    return n->type == S_IFDIR && n->tree && !u->branch->config.redirect_dir ? -EXDEV : 0;
}

/* ---- preparation, without visible effect */

/* Copy up the file, under this very name. */
static int bring_up(struct un *u, struct end *e)
{
    int r = copy_up(u, e->n, COPY_METADATA);

    if (r == 0)
        r = record_end(u, e);
    if (r == 0 && !e->name) {
        r = links_materialize(u, e->n, e->dir, e->text);
        if (r == 0)
            r = record_end(u, e);
    }
    return r;
}

static bool has_foreign_ino(const struct un *u, const struct node *n)
{
    return n->tree || n->ino != tree_outside_ino(u->tree, u->branch->dev, n->upper_ino);
}

/* Set the marks that let the file show the same at its new place (`to`). */
static int mark(struct un *u, const struct end *from, const struct end *to)
{
    struct upper_fd fd;
    struct where w;
    int r;

    if (from->n->type == S_IFDIR || from->n->metacopy) {
        r = upper_pin(u, from->n, &fd, &w, NULL);
        if (r < 0)
            return r;
        if (from->n->tree && (from->n->type == S_IFDIR || from->n->metacopy))
            r = redirect_mark(u, from->n, w);
        else if (from->n->type == S_IFDIR && to->in_tree)
            r = branch_mark_set(u->branch, w, MARK_OPAQUE, "y", 1);
        upper_close(u, &fd);
        if (r < 0)
            return r;
    }
    if (from->n->type == S_IFREG) {
        r = upper_where(u, from->n, &fd, &w);
        if (r == 0)
            r = branch_mark_name(u->branch, w, S_IFREG, to->text);
        upper_close(u, &fd);
        if (r < 0)
            return r;
    }
    return has_foreign_ino(u, from->n) ? upper_make_impure(u, to->dir) : 0;
}

/* Copy owner and mode of the directory at `w`, and make the new one opaque. */
static int make_like(struct un *u, struct where w, struct where fresh)
{
    struct stat st;
    int r = owner_stat(u->branch, w, &st);

    if (r == 0 && mkdirat(fresh.fd, fresh.name, 0700) < 0)
        r = -errno;
    if (r == 0)
        r = owner_chown(u->branch, fresh, st.st_uid, st.st_gid);
    if (r == 0)
        r = owner_chmod(u->branch, fresh, st.st_mode & 07777);
    return r < 0 ? r : branch_mark_set(u->branch, fresh, MARK_OPAQUE, "y", 1);
}

/* Replace an empty directory that holds whiteouts by one without them, which can be renamed over. */
static int clear(struct un *u, struct renaming *m)
{
    const struct end *e = &m->to;
    struct upper_fd fd;
    struct where fresh = {u->branch->config.work_fd, branch_temporary(u->branch, m->cleared)};
    int r;

    /* If marks are names, directories are exchanged instead (name_move). */
    if (u->branch->config.marks_are_names || !e->n->upper_ino || !e->n->names ||
        !names_from(e->n->names, 0)) {
        m->cleared[0] = 0;
        return 0;
    }
    r = upper_open(u, e->dir, &fd);
    if (r == 0) {
        r = make_like(u, (struct where){fd.fd, e->text}, fresh);
        if (r == 0 && renameat2(fresh.fd, fresh.name, fd.fd, e->text, RENAME_EXCHANGE) < 0)
            r = -errno;
        upper_close(u, &fd);
    }
    if (r < 0) {
        branch_discard(u->branch, m->cleared);
        m->cleared[0] = 0;
    }
    return r;
}

/* Finish; after a failure (`undo`) move the old directory back. */
static void clear_end(struct un *u, struct renaming *m, bool undo)
{
    struct upper_fd fd;

    if (!m->cleared[0])
        return;
    if (undo && upper_open(u, m->to.dir, &fd) == 0) {
        (void)renameat2(u->branch->config.work_fd, m->cleared, fd.fd, m->to.text, RENAME_EXCHANGE);
        upper_close(u, &fd);
    }
    branch_discard(u->branch, m->cleared);
}

/* ---- the rename */

/* State of the name in the upper. */
static enum branch_target target_of(const struct end *e)
{
    if (!e->name || (!e->name->whiteout && !e->name->upper_ino))
        return TARGET_FREE;
    return e->name->whiteout ? TARGET_WHITEOUT : TARGET_TAKEN;
}

/* Somebody may have put another file under the old name: move it back. The file replaced by it is lost. */
static int check_moved(struct un *u, const struct renaming *m, int from_fd, int to_fd, unsigned flags)
{
    struct stat st;

    if (fstatat(to_fd, m->to.text, &st, AT_SYMLINK_NOFOLLOW) < 0 || upper_is(u, m->from.n, &st))
        return 0;
    (void)renameat2(to_fd, m->to.text, from_fd, m->from.text, flags & RENAME_EXCHANGE);
    return -ESTALE;
}

/* *ret_left: the old name has a whiteout that could not be removed. */
static int move(struct un *u, const struct renaming *m, bool *ret_left)
{
    bool over_whiteout;
    struct upper_fd from, to;
    const bool dir = m->from.n->type == S_IFDIR;
    struct branch_move bm = {.from = m->from.text, .to = m->to.text, .target = target_of(&m->to), .dir = dir};
    char temporary[BRANCH_TEMPORARY_MAX] = "";
    unsigned flags = m->flags & RENAME_EXCHANGE;
    int r = upper_open(u, m->from.dir, &from);

    if (r < 0)
        return r;
    r = upper_open(u, m->to.dir, &to);
    if (r == 0) {
        /* A directory cannot replace a whiteout, but can be exchanged with it. */
        over_whiteout = !flags && dir && bm.target == TARGET_WHITEOUT && !u->branch->config.marks_are_names;
        if (over_whiteout)
            flags = RENAME_EXCHANGE;
        bm.from_fd = from.fd;
        bm.to_fd = to.fd;
        if (m->from.in_tree && !(m->flags & RENAME_EXCHANGE))
            r = branch_move_leaving_whiteout(u->branch, &bm, temporary);
        else if (u->branch->config.marks_are_names && !flags)
            r = name_move(u->branch, &bm, temporary);
        else if (renameat2(from.fd, m->from.text, to.fd, m->to.text, flags) < 0)
            r = -errno;
        if (r == 0 && u->branch->keeps_numbers)
            r = check_moved(u, m, from.fd, to.fd, flags);
        if (r == 0 && u->branch->config.marks_are_names && bm.target == TARGET_WHITEOUT)
            name_whiteout_remove(to.fd, m->to.text);
        if (r == 0 && over_whiteout && !m->from.in_tree)
            *ret_left = unlinkat(from.fd, m->from.text, 0) < 0;
    }
    upper_close(u, &to);
    upper_close(u, &from);
    if (temporary[0])
        branch_discard(u->branch, temporary);
    return r;
}

/* Allocate the names before the disk is changed, so that memory and disk stay equal. */
struct ready {
    char *from_text, *to_text;
    bool fresh; /* the target's record was added for this */
};

static void note_gone(struct end *e, bool whiteout)
{
    if (whiteout) {
        e->name->whiteout = true;
        e->name->upper_ino = e->name->ino = 0;
    } else {
        names_remove(e->dir->names, e->name);
    }
    e->name = NULL;
}

static void note_moved(struct node *n, struct end *at, char **text)
{
    core_name_shows(at->name, n, at->in_tree);
    if (!n->grouped && !n->parked) {
        node_take_name(n, at->dir, *text);
        *text = NULL;
    }
}

static int exchange(struct un *u, struct renaming *m, struct ready *ready)
{
    bool left;
    int r = mark(u, &m->from, &m->to);

    if (r == 0)
        r = mark(u, &m->to, &m->from);
    if (r == 0)
        r = move(u, m, &left);
    if (r == 0) {
        note_moved(m->from.n, &m->to, &ready->to_text);
        note_moved(m->to.n, &m->from, &ready->from_text);
    }
    return r;
}

static int replace(struct un *u, struct renaming *m, struct ready *ready)
{
    bool last = true, left = false;
    struct node *over = m->to.n;
    int r = mark(u, &m->from, &m->to);

    if (r == 0 && over && over->upper_ino)
        r = keep_open(u, over, &last);
    if (r == 0 && over && over->type == S_IFDIR)
        r = clear(u, m);
    if (r == 0 && over)
        r = links_prepare(u, over);
    if (r == 0 && m->from.in_tree && branch_moves_by_steps(u->branch))
        r = links_prepare(u, m->from.n);
    if (r == 0)
        r = move(u, m, &left);
    clear_end(u, m, r < 0);
    if (r < 0)
        return r;
    if (over)
        keep_without_name(u, over, m->to.dir, m->to.text, last);
    note_moved(m->from.n, &m->to, &ready->to_text);
    note_gone(&m->from, m->from.in_tree || left);
    return 0;
}

static int get_ready(struct renaming *m, struct ready *ready)
{
    ready->from_text = strdup(m->from.text);
    ready->to_text = strdup(m->to.text);
    ready->fresh = !m->to.name;
    if (!ready->from_text || !ready->to_text)
        return -ENOMEM;
    if (ready->fresh && !(m->to.name = names_add(m->to.dir->names, m->to.text)))
        return -ENOMEM;
    return 0;
}

/* Copy up a hard link of the tree that loses a name to the rename. */
static int bring_up_links(struct un *u, struct end *e)
{
    int r = e->n ? remove_bring_up_links(u, e->n) : 0;

    return r == 0 && e->n && e->n->grouped ? bring_up(u, e) : r;
}

/* Check the protection of files that lose a name. */
static int check_protection(struct un *u, const struct renaming *m)
{
    int r = protect_change(u, m->from.n, false);

    if (r == 0 && m->to.n)
        r = protect_change(u, m->to.n, false);
    return r == 0 && m->to.n ? protect_change(u, m->to.dir, false) : r;
}

/* Is bring_up done? */
static bool is_up(const struct end *e)
{
    return e->name && e->n->upper_ino && !e->n->copying;
}

/* Is bring_up_links done? */
static bool gives_way(const struct end *e)
{
    return !e->n || is_up(e) || (!e->n->linked && !e->n->grouped);
}

/* Repeat the copy-ups until none is left: each may give up the lock. */
static int settle(struct un *u, struct renaming *m)
{
    for (;;) {
        struct node *from = m->from.n, *to = m->to.n;
        int r = look_end(u, &m->from);

        if (r == 0)
            r = look_end(u, &m->to);
        if (r < 0)
            return r;
        if (!m->from.n)
            return -ENOENT;
        if (m->from.n == m->to.n)
            return 1;
        r = check_protection(u, m);
        if (r == 0)
            r = check_over(u, m);
        if (r == 0)
            r = check_moves(u, m->from.n);
        if (r == 0 && m->flags & RENAME_EXCHANGE)
            r = check_moves(u, m->to.n);
        if (r < 0)
            return r;
        if (from == m->from.n && to == m->to.n)
            return 0;
        if (is_up(&m->from) && (m->flags & RENAME_EXCHANGE ? is_up(&m->to) : gives_way(&m->to)))
            return 0;
        r = bring_up(u, &m->from);
        if (r == 0)
            r = m->flags & RENAME_EXCHANGE ? bring_up(u, &m->to) : bring_up_links(u, &m->to);
        if (r < 0)
            return r;
    }
}

static int rename_in(struct un *u, struct renaming *m)
{
    struct ready ready = {0};
    int r = settle(u, m);

    if (r != 0)
        return r < 0 ? r : 0; /* two names of one file: nothing to do */
    r = get_ready(m, &ready);
    if (r == 0)
        r = m->flags & RENAME_EXCHANGE ? exchange(u, m, &ready) : replace(u, m, &ready);
    if (r < 0 && ready.fresh && m->to.name)
        names_remove(m->to.dir->names, m->to.name);
    free(ready.from_text);
    free(ready.to_text);
    return r;
}

int un_rename(struct un *u, uint64_t dir, const char *name, uint64_t to_dir, const char *to_name,
              unsigned flags)
{
    struct renaming m = {.from.text = name, .to.text = to_name, .flags = flags};
    int r = core_check_name(name);

    if (r == 0)
        r = core_check_name(to_name);
    if (r < 0)
        return r;
    if (!u->branch)
        return -EROFS;
    r = branch_takes_name(u->branch, to_name);
    if (r == 0 && flags & RENAME_EXCHANGE)
        r = branch_takes_name(u->branch, name);
    if (r < 0)
        return r;
    if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    pthread_mutex_lock(&u->lock);
    r = protect_names(u, dir, true);
    if (r == 0)
        r = protect_names(u, to_dir, false);
    if (r == 0)
        r = copy_up_dir(u, dir, &m.from.dir);
    if (r == 0) {
        r = copy_up_dir(u, to_dir, &m.to.dir);
        if (r == 0) {
            r = rename_in(u, &m);
            core_done(u, m.from.n);
            core_done(u, m.to.n);
            core_done(u, m.to.dir);
        }
        core_done(u, m.from.dir);
    }
    pthread_mutex_unlock(&u->lock);
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "union/changes.h"

#include <stdlib.h>
#include <string.h>

#include "union/changes_compare.h"
#include "union/changes_links.h"
#include "union/changes_names.h"
#include "union/changes_walk.h"

void changes_free(struct un *u, struct changes *c)
{
    for (size_t i = 0; i < c->n; i++)
        change_clear(u, &c->list[i]);
    free(c->list);
    *c = (struct changes){.list = NULL};
}

static int walk_dir(struct change_walk *w, uint64_t dir, uint64_t base, size_t record);

/* Record a name that the union shows, where the tree has a file of the same type, or one that does not
 * matter. */
static int walk_present(struct change_walk *w, struct both *b)
{
    bool is_dir = S_ISDIR(b->st.st_mode);
    bool same_type = b->base && (b->attr.mode & S_IFMT) == (b->st.st_mode & S_IFMT);
    uint64_t node = b->node, beneath = same_type && is_dir ? b->base : 0;
    size_t record = w->changes->n;
    struct change *c;
    int r = same_type ? both_compare(w, b) : DIFFERENT;

    if (r == SAME || (r == SAME_ENTRY && !is_dir))
        return 0;
    if (r < 0)
        return r;
    r = walk_add(w, r != DIFFERENT ? CHANGE_NONE : b->base ? CHANGE_CHANGED : CHANGE_ADDED, b, &c);
    if (r < 0 || !is_dir)
        return r;
    r = walk_dir(w, node, beneath, record);
    c = &w->changes->list[record];
    /* Neither the directory nor its content has changed. */
    if (r == 0 && c->kind == CHANGE_NONE && w->changes->n == record + 1) {
        change_clear(w->un, c);
        w->changes->n--;
    }
    return r;
}

static int walk_name(struct change_walk *w, uint64_t dir, uint64_t base, const char *name)
{
    struct change *c;
    struct both b;
    size_t before;
    int r = both_look(w, dir, base, name, &b);

    if (r <= 0)
        return r;
    r = walk_enter(w, name, &before);
    if (r == 0) {
        r = b.node ? walk_present(w, &b) : walk_add(w, CHANGE_DELETED, &b, &c);
        if (walk_has_vanished(w, r))
            r = 0;
        if (r < 0 && w->err && !w->err->text[0])
            err_errno(w->err, -r, "/%s", buf_str(&w->path));
        walk_leave(w, before);
    }
    both_done(w, &b);
    return r;
}

/* Does the union's directory show this directory of the tree, with changes? Then only names in the upper can
 * differ. */
static bool stands_on(struct change_walk *w, uint64_t dir, uint64_t base)
{
    struct node *n;
    bool yes;

    if (!base || !w->un->branch)
        return base == dir && base;
    pthread_mutex_lock(&w->un->lock);
    n = core_known(w->un, dir);
    yes = (n ? n->tree : dir) == base;
    core_done(w->un, n);
    pthread_mutex_unlock(&w->un->lock);
    return yes;
}

/* Replace the deletions by an opaque mark if nothing of the tree's directory is left and there are at least
 * two. */
static int say_opaque(struct change_walk *w, uint64_t base, size_t record)
{
    struct changes *c = w->changes;
    size_t depth = w->path.len ? w->path.len + 1 : 0, deleted = 0;
    char scratch[256];
    struct tree_entry e;
    uint64_t names = 0;
    int r;

    for (size_t i = record + 1; i < c->n; i++)
        deleted += c->list[i].kind == CHANGE_DELETED && !strchr(c->list[i].path + depth, '/');
    if (deleted < 2)
        return 0;
    while (names <= deleted && (r = tree_entry(w->un->tree, base, names, &e, scratch)) > 0)
        names++;
    if (names != deleted)
        return r < 0 ? r : 0;
    for (size_t i = record + 1; i < c->n; i++)
        if (c->list[i].kind == CHANGE_DELETED && !strchr(c->list[i].path + depth, '/'))
            c->list[i].unsaid = true;
    c->list[record].opaque = true;
    return 0;
}

/* Record all differences in a directory, whose own record is at `record`. */
static int walk_dir(struct change_walk *w, uint64_t dir, uint64_t base, size_t record)
{
    struct name_list names;
    int r = name_list_make(w, dir, base, !stands_on(w, dir, base), &names);

    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < names.n; i++)
        r = walk_name(w, dir, base, names.names[i]);
    name_list_free(&names);
    return r == 0 && base ? say_opaque(w, base, record) : r;
}

static int walk_root(struct change_walk *w)
{
    struct both b = {.node = UN_ROOT, .base = w->since_nothing ? 0 : TREE_ROOT};
    struct change *c;
    int r = un_getattr(w->un, UN_ROOT, &b.st), differs = DIFFERENT;

    if (r == 0 && b.base)
        r = tree_getattr(w->un->tree, TREE_ROOT, &b.attr);
    if (r == 0 && b.base)
        r = differs = both_compare(w, &b);
    if (r < 0)
        return r;
    r = walk_add(w, differs != DIFFERENT ? CHANGE_NONE : b.base ? CHANGE_CHANGED : CHANGE_ADDED, &b, &c);
    if (r < 0)
        return r;
    return walk_dir(w, UN_ROOT, b.base, 0);
}

/* Drop the root's record if it stands alone and has not changed. */
static void drop_root(struct changes *c)
{
    if (c->n == 1 && c->list[0].kind == CHANGE_NONE) {
        free(c->list[0].path);
        c->n = 0;
    }
}

int changes_find(struct un *u, enum changes_base base, bool live, struct changes *ret, struct err *err)
{
    struct change_walk w = {.un = u,
                            .changes = ret,
                            .err = err,
                            .path = BUF_INIT,
                            .since_nothing = base == CHANGES_SINCE_NOTHING,
                            .live = live};
    int r;

    *ret = (struct changes){.list = NULL};
    err->text[0] = '\0';
    r = walk_root(&w);
    if (r == 0)
        r = walk_add_links(&w);
    buf_free(&w.path);
    if (r == 0) {
        drop_root(ret);
        return 0;
    }
    changes_free(u, ret);
    return err->text[0] ? r : err_errno(err, -r, "cannot find the changes of the branch");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Find nodes by number. Numbers come from clients and may be anything. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "union/handles.h"
#include "union/handles_way.h"
#include "union/look.h"
#include "union/upper.h"

static int find_in_tree(struct un *u, uint64_t id, struct stat *ret_st)
{
    struct tree_attr attr;
    struct way w = {0};
    int r = way_find(u->tree, id, &w);

    way_clear(&w);
    if (r == 0)
        r = tree_getattr(u->tree, id, &attr);
    if (r < 0)
        return r;
    core_stat_from_attr(u, &attr, ret_st);
    tree_ref(u->tree, id, 1);
    return 0;
}

/* ---- through the branch */

/* Take one step down from a merged directory of the upper: 1 when the tree is shown from there on, 0 when it
 * is hidden, 2 when the upper has an entry, *ret. */
static int go(struct un *u, struct node *dir, const struct step *step, struct node **ret)
{
    struct name *name;
    int r = look_name(u, dir, step->name, &name);

    if (r < 0)
        return r == -ENOENT || r == -ENOTDIR ? 0 : r;
    if (!name)
        return 1;
    r = look_upper(u, dir, name, ret, NULL);
    return r < 0 ? r : 2;
}

/* Find the lowest directory on the path known to be in the upper, wherever it has been moved; pinned. *at:
 * the step below. */
static struct node *start_of(struct un *u, const struct way *w, size_t *at)
{
    struct node *n = u->root;
    size_t i = 1;

    for (; i < w->n; i++) {
        struct node *known = node_by_id(u->nodes, w->steps[i].id);

        if (known && known->upper_ino && !known->dead && known->tree == known->id) {
            n = known;
            break;
        }
    }
    *at = i - 1;
    node_pin(n);
    return n;
}

/* Go down to the last directory of the path while the upper has it: result as go, with the directory in *ret
 * (pinned) for 2. */
static int go_to_dir(struct un *u, const struct way *w, struct node **ret)
{
    struct node *dir, *next = NULL;
    size_t i;
    int r = 2;

    for (dir = start_of(u, w, &i); r == 2 && i > 0; i--) {
        r = go(u, dir, &w->steps[i], &next);
        core_done(u, dir);
        if (r == 2 && (next->type != S_IFDIR || next->tree != w->steps[i].id)) {
            core_done(u, next);
            r = 0;
        }
        dir = next;
    }
    *ret = dir;
    return r;
}

/* 1 when the union shows the node; *ret is its state, if any (pinned). 0, or an error. The first of a file's
 * names suffices: once one is removed or the file is written to, it is one of the links, and those have
 * state. */
static int find_shown(struct un *u, const struct way *w, struct node **ret)
{
    struct node *dir = NULL, *n;
    int r = go_to_dir(u, w, &dir);

    if (r != 2)
        return r;
    r = go(u, dir, &w->steps[0], &n);
    core_done(u, dir);
    if (r == 2 && n->id == w->steps[0].id) {
        *ret = n;
        return 1;
    }
    if (r == 2)
        core_done(u, n);
    return r == 2 ? 0 : r;
}

/* ---- the whole upper */

struct queue {
    struct node **dirs; /* pinned */
    size_t n, room;
};

static int push(struct un *u, struct queue *q, struct node *dir)
{
    if (q->n == q->room) {
        size_t room = q->room ? 2 * q->room : 64;
        struct node **dirs = realloc(q->dirs, room * sizeof(struct node *));

        if (!dirs) {
            core_done(u, dir);
            return -ENOMEM;
        }
        q->dirs = dirs;
        q->room = room;
    }
    q->dirs[q->n++] = dir;
    return 0;
}

/* Create the nodes of a directory's entries. An entry that cannot be read has no valid handle. */
static int read_dir(struct un *u, struct node *dir, struct queue *q)
{
    int r = dir->dead ? 0 : upper_load(u, dir);

    if (r < 0 || dir->dead)
        return r == -ENOMEM ? r : 0;
    for (uint64_t number = 1; r == 0;) {
        struct name *name = names_from(dir->names, number);
        struct node *n;

        if (!name)
            return 0;
        number = name->number + 1;
        if (name->whiteout)
            continue;
        r = look_upper(u, dir, name, &n, NULL);
        if (r < 0)
            r = r == -ENOMEM ? r : 0;
        else if (n->type == S_IFDIR)
            r = push(u, q, n);
        else
            core_done(u, n);
    }
    return r;
}

static int read_upper(struct un *u)
{
    struct queue q = {0};
    int r;

    nodes_keep(u->nodes);
    node_pin(u->root);
    r = push(u, &q, u->root);
    while (q.n > 0) {
        struct node *dir = q.dirs[--q.n];

        if (r == 0)
            r = read_dir(u, dir, &q);
        core_done(u, dir);
    }
    free(q.dirs);
    return r;
}

/* ---- the union's calls */

/* Count the kernel's reference on a node of the tree without state. */
static int refer(struct un *u, uint64_t id, struct stat *ret_st)
{
    struct tree_attr attr;
    int r = tree_getattr(u->tree, id, &attr);

    if (r == 0)
        r = ref_counts_add(u->refs, id, 1, core_is_large(&attr));
    if (r < 0)
        return r;
    tree_ref(u->tree, id, 1);
    core_stat_from_attr(u, &attr, ret_st);
    return 0;
}

static int refer_node(struct un *u, struct node *n, struct stat *ret_st)
{
    int r = n->dead ? -ESTALE : look_stat(u, n, ret_st);

    if (r == 0)
        core_ref(u, n, false);
    return r;
}

/* 1 when the node is shown. *ret: its state, if any; pinned. */
static int find_now(struct un *u, uint64_t id, struct node **ret)
{
    struct node *n = core_known(u, id), *shown = NULL;
    struct way w = {0};
    int r;

    *ret = n;
    if (id >= NODE_BORN || (n && (n->upper_ino || n->dead)))
        return n && !n->dead && (n->parent || n == u->root);
    r = way_find(u->tree, id, &w);
    if (r == 0)
        r = w.n > 0 ? find_shown(u, &w, &shown) : 1;
    way_clear(&w);
    if (shown) {
        core_done(u, n);
        *ret = shown;
    }
    return r == -ESTALE ? 0 : r;
}

static int find(struct un *u, uint64_t id, struct stat *ret_st)
{
    struct node *n;
    int r = find_now(u, id, &n);

    if (r == 0 && (n ? !n->dead : !nodes_keeps_all(u->nodes))) {
        core_done(u, n);
        n = NULL;
        r = read_upper(u);
        if (r == 0)
            r = find_now(u, id, &n);
    }
    if (r == 1)
        r = n ? refer_node(u, n, ret_st) : refer(u, id, ret_st);
    else if (r == 0)
        r = -ESTALE;
    core_done(u, n);
    return r;
}

int un_find(struct un *u, uint64_t node, struct stat *ret_st)
{
    int r;

    if (!un_finds_handles(u) || node == 0)
        return -ESTALE;
    if (!u->branch)
        return node < NODE_BORN ? find_in_tree(u, node, ret_st) : -ESTALE;
    pthread_mutex_lock(&u->lock);
    r = find(u, node, ret_st);
    pthread_mutex_unlock(&u->lock);
    return r;
}

/* Find the parent of a directory whose name only the tree has. */
static int find_tree_parent(struct un *u, uint64_t id, uint64_t *ret_node, struct stat *ret_st)
{
    uint64_t parent, ino;
    struct node *n;
    int r = tree_parent(u->tree, id, &parent, &ino);

    if (r < 0)
        return r;
    n = core_known(u, parent);
    r = n ? refer_node(u, n, ret_st) : refer(u, parent, ret_st);
    core_done(u, n);
    if (r == 0)
        *ret_node = parent;
    return r;
}

static int find_parent(struct un *u, uint64_t id, uint64_t *ret_node, struct stat *ret_st)
{
    struct node *n = core_known(u, id), *parent;
    int r;

    if (!n && id >= NODE_BORN) {
        r = -ESTALE;
    } else if (!n || !n->upper_ino) {
        r = n && n->dead ? -ESTALE : find_tree_parent(u, n ? n->tree : id, ret_node, ret_st);
    } else {
        parent = n == u->root ? n : n->parent;
        r = n->dead || !parent ? -ESTALE : n->type != S_IFDIR ? -ENOTDIR : refer_node(u, parent, ret_st);
        if (r == 0)
            *ret_node = parent->id;
    }
    core_done(u, n);
    return r;
}

int un_find_parent(struct un *u, uint64_t node, uint64_t *ret_node, struct stat *ret_st)
{
    uint64_t ino;
    int r;

    if (!un_finds_handles(u) || node == 0)
        return -ESTALE;
    if (!u->branch) {
        r = tree_parent(u->tree, node, ret_node, &ino);
        return r < 0 ? r : find_in_tree(u, *ret_node, ret_st);
    }
    pthread_mutex_lock(&u->lock);
    r = find_parent(u, node, ret_node, ret_st);
    pthread_mutex_unlock(&u->lock);
    return r;
}

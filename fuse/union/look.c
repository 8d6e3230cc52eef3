/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup in a union with a branch: the upper's entry, or the tree's if the upper has none. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "union/branch_marks.h"
#include "union/handles.h"
#include "union/links.h"
#include "union/look.h"
#include "union/owner.h"
#include "union/tree_part.h"
#include "union/upper.h"

/* ---- nodes of the upper */

/* `id`: number of the tree's node that it merges with, or another free number; 0: choose one. */
static int new_node(struct un *u, uint64_t id, uint32_t type, struct node **ret)
{
    struct node *n = node_new(u->nodes, id && !node_by_id(u->nodes, id) ? id : 0, type);

    if (!n)
        return -ENOMEM;
    if (n->id == id)
        core_take_refs(u, n);
    *ret = n;
    return 0;
}

/* Create the node of an entry of the upper that has not been looked up yet. */
static int enter(struct un *u, struct node *dir, struct name *name, struct where w, const struct stat *st,
                 struct node **ret)
{
    uint32_t type = st->st_mode & S_IFMT;
    int metacopy = type == S_IFREG && dir->impure ? branch_mark_has(u->branch, w, MARK_METACOPY) : 0;
    struct tree_attr attr;
    struct node *n;
    uint64_t tree = 0, ino = 0;
    char *copy = NULL;
    int r = metacopy < 0 ? metacopy : 0;

    if (r == 0 && (type == S_IFDIR || metacopy))
        r = tree_part_find(u, dir, w, name->in_tree, type, &tree, &attr);
    if (r == 0 && !tree && dir->impure)
        r = branch_kept_ino(u->branch, w, &ino);
    if (r == 0 && !(copy = strdup(name->text)))
        r = -ENOMEM;
    if (r == 0)
        r = new_node(u, tree ? tree : handles_number(u, dir, w, type, ino), type,
                     &n); /* takes over the references on the tree's: no failure from here on */
    if (r != 0) {
        free(copy);
        if (tree)
            tree_forget(u->tree, tree, 1);
        return r;
    }
    node_take_name(n, dir, copy);
    n->tree = tree;
    if (metacopy)
        core_shares_content(n, &attr);
    n->ino = tree ? attr.ino : ino;
    if (!n->ino)
        n->ino = tree_outside_ino(u->tree, u->branch->dev, st->st_ino);
    node_set_upper(u->nodes, n, st->st_ino);
    *ret = n;
    return 0;
}

/* Pin a known node; an orphan whose name was unknown gets one again. */
static int take_found(struct un *u, struct node *n, struct node *dir, const char *text, struct node **ret)
{
    int r = n->parent || n->dead || n == u->root ? 0 : node_set_name(n, dir, text);

    if (r < 0)
        return r;
    node_pin(n);
    *ret = n;
    return 0;
}

int look_upper(struct un *u, struct node *dir, struct name *name, struct node **ret, struct stat *ret_st)
{
    struct node *n = name->upper_ino ? node_by_upper(u->nodes, name->upper_ino) : NULL;
    struct upper_fd fd;
    struct stat st;
    struct where w;
    int r = 0;

    /* Nobody else changes the upper, so a known node needs no look at the disk. */
    if (n && n->type == (uint32_t)DTTOIF(name->type) && !ret_st)
        return take_found(u, n, dir, name->text, ret);
    r = upper_open(u, dir, &fd);
    if (r < 0)
        return r;
    w = (struct where){fd.fd, name->text};
    r = owner_stat(u->branch, w, &st);
    if (r == 0) {
        n = node_by_upper(u->nodes, st.st_ino);
        if (n && n->type == (st.st_mode & S_IFMT))
            r = take_found(u, n, dir, name->text, ret);
        else
            r = enter(u, dir, name, w, &st, ret);
    }
    upper_close(u, &fd);
    if (r < 0)
        return r;
    name->ino = (*ret)->ino;
    name->upper_ino = st.st_ino;
    name->type = (uint8_t)IFTODT(st.st_mode);
    if (ret_st)
        *ret_st = st;
    return 0;
}

int look_name(struct un *u, struct node *dir, const char *text, struct name **ret)
{
    int r;

    *ret = NULL;
    if (dir->type != S_IFDIR)
        return -ENOTDIR;
    if (dir->dead)
        return -ENOENT;
    if (!dir->upper_ino)
        return 0;
    r = upper_load(u, dir);
    if (r == 0)
        *ret = names_find(dir->names, text);
    return r == 0 && *ret && (*ret)->whiteout ? -ENOENT : r;
}

nlink_t look_links(const struct node *n, const struct stat *st)
{
    nlink_t links = st->st_nlink;

    if (n->grouped) /* the name in the links directory does not count */
        links = links + n->tree_names - 1;
    return n->parked ? links - 1 : links;
}

void look_shown(const struct node *n, struct stat *st)
{
    if (n->metacopy)
        st->st_blocks = (blkcnt_t)n->blocks;
    if (n->type == S_IFDIR && n->tree && n->upper_ino)
        st->st_nlink = 1;
    st->st_ino = n->ino;
    st->st_nlink = look_links(n, st);
    if (n->dead)
        st->st_nlink = 0;
}

int look_stat(struct un *u, struct node *n, struct stat *ret)
{
    struct tree_attr attr;
    struct upper_fd fd;
    struct where w;
    int r;

    if (!n->upper_ino && !n->tree)
        return -ESTALE;
    if (!n->upper_ino) {
        r = tree_getattr(u->tree, n->tree, &attr);
        if (r == 0)
            core_stat_from_attr(u, &attr, ret);
    } else {
        r = upper_where(u, n, &fd, &w);
        if (r < 0)
            return r;
        r = owner_stat(u->branch, w, ret);
        upper_close(u, &fd);
        if (r == 0 && !upper_is(u, n, ret))
            r = -ESTALE;
    }
    if (r == 0)
        look_shown(n, ret);
    return r;
}

/* ---- the union's calls */

/* Answer a lookup that found `tree`, whose state is `n`: counts the kernel's reference once the answer is
 * certain. */
static int answer_known(struct un *u, struct node *n, uint64_t tree, uint64_t *ret_node, struct stat *ret_st)
{
    int r = look_stat(u, n, ret_st);

    if (r == 0)
        core_ref(u, n, n->id == tree);
    if (r < 0 || n->id != tree)
        tree_forget(u->tree, tree, 1);
    if (r == 0)
        *ret_node = n->id;
    return r;
}

/* Answer a lookup that found `tree` in the tree, under a name that the upper has no entry for. Takes over the
 * reference on it. */
static int answer_tree(struct un *u, uint64_t tree, const struct tree_attr *attr, uint64_t *ret_node,
                       struct stat *ret_st)
{
    struct node *n = attr->nlink > 1 && !S_ISDIR(attr->mode) ? links_find(u, attr->ino) : NULL;
    int r;

    if (n)
        node_pin(n);
    else if ((n = core_known(u, tree)))
        n->large = core_is_large(attr);
    if (n) {
        r = answer_known(u, n, tree, ret_node, ret_st);
        core_done(u, n);
        return r;
    }
    r = ref_counts_add(u->refs, tree, 1, core_is_large(attr));
    if (r < 0) {
        tree_forget(u->tree, tree, 1);
        return r;
    }
    core_stat_from_attr(u, attr, ret_st);
    *ret_node = tree;
    return 0;
}

/* Answer a lookup that found a record of the upper in `dir`. */
static int answer_upper(struct un *u, struct node *dir, struct name *name, uint64_t *ret_node,
                        struct stat *ret_st)
{
    struct node *n;
    int r = look_upper(u, dir, name, &n, ret_st);

    if (r < 0)
        return r;
    look_shown(n, ret_st);
    core_ref(u, n, false);
    *ret_node = n->id;
    core_done(u, n);
    return 0;
}

int look_lookup(struct un *u, uint64_t dir, const char *text, uint64_t *ret_node, struct stat *ret_st)
{
    struct node *d = core_known(u, dir);
    struct name *name = NULL;
    struct tree_attr attr;
    int r = d ? look_name(u, d, text, &name) : dir >= NODE_BORN ? -ESTALE : 0;

    if (r == 0 && !name) {
        uint64_t tree_dir = d ? d->tree : dir, tree;

        r = tree_dir ? tree_lookup(u->tree, tree_dir, text, strlen(text), &tree, &attr) : -ENOENT;
        if (r == 0)
            r = answer_tree(u, tree, &attr, ret_node, ret_st);
    } else if (r == 0) {
        r = answer_upper(u, d, name, ret_node, ret_st);
    }
    core_done(u, d);
    return r;
}

int look_listed(struct un *u, struct node *dir, const struct listed *at, uint64_t *ret_node,
                struct stat *ret_st)
{
    struct tree_attr attr;
    uint64_t tree;
    int r;

    if (at->name)
        return answer_upper(u, dir, at->name, ret_node, ret_st);
    r = tree_entry_lookup(u->tree, at->tree_dir, &at->entry, &tree, &attr);
    return r < 0 ? r : answer_tree(u, tree, &attr, ret_node, ret_st);
}

int look_node(struct un *u, struct node *dir, const char *text, struct node **ret)
{
    struct name *name;
    struct tree_attr attr;
    uint64_t tree;
    int r = look_name(u, dir, text, &name);

    if (r < 0)
        return r;
    if (name)
        return look_upper(u, dir, name, ret, NULL);
    if (!dir->tree)
        return -ENOENT;
    r = tree_lookup(u->tree, dir->tree, text, strlen(text), &tree, &attr);
    if (r < 0)
        return r;
    *ret = attr.nlink > 1 && !S_ISDIR(attr.mode) ? links_find(u, attr.ino) : NULL;
    if (*ret)
        node_pin(*ret);
    else
        r = core_node(u, tree, ret);
    if (r == 0)
        (*ret)->linked = attr.nlink > 1 && !S_ISDIR(attr.mode);
    tree_forget(u->tree, tree, 1);
    return r;
}

int look_free(struct un *u, struct node *dir, const char *text, struct name **ret, bool *ret_in_tree)
{
    int r = look_name(u, dir, text, ret);

    *ret_in_tree = *ret && (*ret)->in_tree;
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    if (*ret)
        return -EEXIST;
    r = core_tree_has(u, dir->tree, text);
    return r > 0 ? -EEXIST : r;
}

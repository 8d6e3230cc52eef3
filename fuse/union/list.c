/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing a directory. First "." and "..", then the tree's names in the tree's order, less those that the
 * upper hides, then names that only the upper has, in the order of creation. A name of the tree keeps its
 * place while it is copied up, removed or made again.
 *
 * Over live layers a listing has the tree's names of its beginning. A name of the upper has its place among
 * them if they contain it, else among the upper's own, whatever was so when it was copied up.
 *
 * Names created after the latest listing of the directory began are not in any listing in progress: a name
 * removed and made again would be seen twice, and constant creation would never let a listing end.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "union/cookie.h"
#include "union/look.h"
#include "union/upper.h"

struct un_list {
    struct un_list *before, *next; /* of those that are open; guarded by the union's lock */
    bool begun;
    uint64_t shared_dir;    /* the tree's directory whose listing is shared (tree.h), a reference; 0: none */
    struct tree_list *tree; /* NULL: the tree does not change */
};

#define DOTS 2 /* positions before the tree's */

/* `dir`, here and below: the state of node `id`; NULL if it has none, and without a branch. */
static int dot_entry(struct un *u, uint64_t id, struct node *dir, uint64_t cookie, struct un_entry *ret)
{
    struct tree_attr attr;
    uint64_t parent;
    int r;

    *ret =
        (struct un_entry){.name = cookie ? ".." : ".", .next = cookie + 1, .mode = S_IFDIR, .is_dot = true};
    if (dir) {
        ret->ino = cookie && dir->parent ? dir->parent->ino : dir->ino;
        if (!cookie || dir->parent || !dir->tree)
            return 1;
        id = dir->tree;
    }
    if (cookie) {
        r = tree_parent(u->tree, id, &parent, &ret->ino);
        return r < 0 ? r : 1;
    }
    r = tree_getattr(u->tree, id, &attr);
    if (r == 0 && !S_ISDIR(attr.mode))
        r = -ENOTDIR;
    ret->ino = attr.ino;
    return r < 0 ? r : 1;
}

static void show(const struct name *name, uint64_t next, struct un_entry *ret, char scratch[256])
{
    memcpy(scratch, name->text, name->len + 1u);
    *ret = (struct un_entry){
        .name = scratch, .next = next, .ino = name->ino, .mode = (uint32_t)DTTOIF(name->type)};
}

/* Find the first of the tree's names from `position` that is not hidden. */
static int tree_entry_of(struct un *u, uint64_t tree_dir, const struct node *dir,
                         const struct tree_list *list, uint64_t position, struct un_entry *ret,
                         char scratch[256], struct listed *at)
{
    for (;; position++) {
        struct tree_entry e;
        struct name *name;
        int r = tree_entry_in(u->tree, tree_dir, list, position, &e, scratch);

        if (r <= 0)
            return r;
        name = dir && dir->names ? names_find(dir->names, e.name) : NULL;
        if (name && (name->whiteout || !name->in_tree))
            continue;
        if (name)
            show(name, cookie_of_tree(position + 1 + DOTS), ret, scratch);
        else
            *ret = (struct un_entry){.name = e.name,
                                     .next = cookie_of_tree(position + 1 + DOTS),
                                     .ino = e.ino,
                                     .mode = (uint32_t)DTTOIF(e.type)};
        *at = (struct listed){.name = name, .tree_dir = tree_dir, .entry = e};
        return 1;
    }
}

static int upper_entry_of(struct un *u, const struct node *dir, const struct tree_list *list, uint64_t number,
                          struct un_entry *ret, char scratch[256], struct listed *at)
{
    struct name *name = names_from(dir->names, number);

    while (name && (name->whiteout || (name->in_tree && tree_list_has(u->tree, list, name->text))))
        name = names_from(dir->names, name->number + 1);
    if (!name || name->number > names_listed(dir->names))
        return 0;
    show(name, cookie_of_upper(name->number + 1), ret, scratch);
    *at = (struct listed){.name = name};
    return 1;
}

static int entry_of(struct un *u, uint64_t id, struct node *dir, const struct tree_list *list,
                    uint64_t cookie, struct un_entry *ret, char scratch[256], struct listed *at)
{
    uint64_t tree_dir = dir ? dir->tree : id, place;
    bool in_upper = cookie_is_upper(cookie, &place);
    int r = 0;

    if (dir && dir->type != S_IFDIR)
        return -ENOTDIR;
    if (cookie == 0 && dir && dir->names)
        names_begin_listing(dir->names);
    if (cookie < DOTS)
        return dot_entry(u, id, dir, cookie, ret);
    if (dir && dir->dead)
        return 0;
    if (dir && dir->upper_ino && (r = upper_load(u, dir)) < 0)
        return r;
    if (!in_upper && tree_dir)
        r = tree_entry_of(u, tree_dir, dir, list, place - DOTS, ret, scratch, at);
    if (r != 0 || !dir || !dir->upper_ino)
        return r;
    return upper_entry_of(u, dir, list, in_upper ? place : 0, ret, scratch, at);
}

static void leave_open_ones(struct un *u, const struct un_list *list)
{
    pthread_mutex_lock(&u->lock);
    if (list->next)
        list->next->before = list->before;
    *(list->before ? &list->before->next : &u->lists) = list->next;
    pthread_mutex_unlock(&u->lock);
}

void un_list_close(struct un *u, struct un_list *list)
{
    if (!list)
        return;
    leave_open_ones(u, list);
    tree_list_done(u->tree, list->tree);
    if (list->shared_dir) {
        tree_share_close(u->tree, list->shared_dir);
        tree_forget(u->tree, list->shared_dir, 1);
    }
    free(list);
}

/* Get the tree's directory, with a reference; 0 if there is none. */
static uint64_t take_tree_dir(struct un *u, uint64_t id)
{
    struct node *dir;
    uint64_t tree_dir;

    pthread_mutex_lock(&u->lock);
    dir = core_known(u, id);
    tree_dir = dir ? dir->tree : id < NODE_BORN ? id : 0;
    if (tree_dir)
        tree_ref(u->tree, tree_dir, 1);
    core_done(u, dir);
    pthread_mutex_unlock(&u->lock);
    return tree_dir;
}

/* The end of a mount brings no RELEASEDIR for what is open then. */
void list_close_all(struct un *u)
{
    while (u->lists)
        un_list_close(u, u->lists);
}

int un_list_open(struct un *u, struct un_list **ret)
{
    struct un_list *list = calloc(1, sizeof *list);

    if (!list)
        return -ENOMEM;
    pthread_mutex_lock(&u->lock);
    list->next = u->lists;
    if (list->next)
        list->next->before = list;
    u->lists = list;
    pthread_mutex_unlock(&u->lock);
    *ret = list;
    return 0;
}

bool un_list_share(struct un *u, uint64_t id, struct un_list *list, bool *ret_kept)
{
    uint64_t tree_dir = u->branch ? take_tree_dir(u, id) : 0;
    enum tree_share how = TREE_SHARE_KEPT;

    if (tree_dir)
        how = tree_share_open(u->tree, tree_dir);
    if (how == TREE_SHARE_NONE)
        tree_forget(u->tree, tree_dir, 1);
    else
        list->shared_dir = tree_dir;
    *ret_kept = how == TREE_SHARE_KEPT;
    return how != TREE_SHARE_NONE;
}

int un_list_begin(struct un *u, uint64_t id, struct un_list *list, uint64_t cookie)
{
    struct tree_list *fresh = NULL;
    uint64_t tree_dir;
    int r = 0;

    if (list->begun && (cookie > 0 || list->shared_dir))
        return 0;
    if (list->shared_dir) {
        r = tree_share_begin(u->tree, list->shared_dir, &list->tree);
        list->begun = r == 0;
        return r;
    }
    tree_dir = u->branch ? take_tree_dir(u, id) : id;
    if (tree_dir)
        r = tree_list_begin(u->tree, tree_dir, &fresh);
    if (tree_dir && u->branch)
        tree_forget(u->tree, tree_dir, 1);
    if (r < 0)
        return r;
    tree_list_done(u->tree, list->tree);
    list->begun = true;
    list->tree = fresh;
    return 0;
}

/* Look up the listed file; *ret_node is 0 if that fails, and for "." and "..". */
static void look_up_listed(struct un *u, uint64_t id, struct node *dir, const struct un_entry *e,
                           const struct listed *at, uint64_t *ret_node, struct stat *ret_st)
{
    struct tree_attr attr;
    int r = e->is_dot ? -ENOENT : 0;

    if (r == 0 && u->branch) {
        r = look_listed(u, dir, at, ret_node, ret_st);
    } else if (r == 0) {
        r = tree_entry_lookup(u->tree, id, &at->entry, ret_node, &attr);
        if (r == 0)
            core_stat_from_attr(u, &attr, ret_st);
    }
    if (r < 0)
        *ret_node = 0;
}

/* `ret_node` NULL: the file is not looked up. */
static int entry_looked_up(struct un *u, uint64_t id, const struct un_list *list, uint64_t cookie,
                           struct un_entry *ret, char scratch[256], uint64_t *ret_node, struct stat *ret_st)
{
    const struct tree_list *tree_list = list ? list->tree : NULL;
    struct node *dir = NULL;
    struct listed at;
    int r = 0;

    if (u->branch) {
        pthread_mutex_lock(&u->lock);
        dir = core_known(u, id);
        r = !dir && id >= NODE_BORN ? -ESTALE : 0;
    }
    if (r == 0)
        r = entry_of(u, id, dir, tree_list, cookie, ret, scratch, &at);
    if (r > 0 && ret_node)
        look_up_listed(u, id, dir, ret, &at, ret_node, ret_st);
    if (u->branch) {
        core_done(u, dir);
        pthread_mutex_unlock(&u->lock);
    }
    return r;
}

int un_entry_in(struct un *u, uint64_t id, const struct un_list *list, uint64_t cookie, struct un_entry *ret,
                char scratch[256])
{
    return entry_looked_up(u, id, list, cookie, ret, scratch, NULL, NULL);
}

int un_entry_found(struct un *u, uint64_t id, const struct un_list *list, uint64_t cookie,
                   struct un_entry *ret, char scratch[256], uint64_t *ret_node, struct stat *ret_st)
{
    return entry_looked_up(u, id, list, cookie, ret, scratch, ret_node, ret_st);
}

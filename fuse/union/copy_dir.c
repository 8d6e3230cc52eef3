/* SPDX-License-Identifier: Apache-2.0 */
#include "union/copy_dir.h"

#include <errno.h>

#include "union/copy_put.h"
#include "union/protect.h"
#include "union/upper.h"

static bool in_upper(struct un *u, uint64_t id)
{
    struct node *n = core_known(u, id);
    bool is = n && n->upper_ino;

    core_done(u, n);
    return is;
}

/* Load the names of a directory of the upper, and reserve room for one more. */
static int make_room(struct un *u, struct node *dir)
{
    int r = upper_load(u, dir);

    return r < 0 ? r : names_reserve(dir->names);
}

/* Put the copy under its tree parent, which is in the upper. */
static int put_in_parent(struct un *u, struct node *n, struct copy_job *j)
{
    struct node *dir;
    uint64_t above;
    char name[256];
    int r = tree_name(u->tree, n->tree, &above, name);

    if (r == 0)
        r = core_node(u, above, &dir);
    if (r < 0)
        return r;
    r = dir->dead ? -ENOENT : make_room(u, dir);
    if (r == 0)
        r = copy_put(u, n, j, dir, name);
    core_done(u, dir);
    return r;
}

/* Copy up one directory, without its content. Its parent is in the upper, unless the directory is dead. */
static int copy_directory(struct un *u, struct node *n, bool checked)
{
    struct copy_job j = {.what = COPY_METADATA, .fd = -1, .content.fd = -1};
    unsigned flags;
    int r = tree_getattr(u->tree, n->tree, &j.attr);

    if (r == 0 && !checked)
        r = protect_flags(u, n, &flags);
    if (r == 0)
        r = copy_make(u, n, &j);
    if (r == 0)
        r = n->dead ? copy_put_nameless(u, n, &j) : put_in_parent(u, n, &j);
    if (r == 0)
        upper_load_new(n);
    copy_end(u, &j);
    return r;
}

/* Copy up one directory per iteration: recursion would need a deep stack for a deep tree. */
int copy_up_above(struct un *u, uint64_t node)
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
        r = copy_directory(u, n, false);
        core_done(u, n);
        if (r < 0)
            return r;
    }
}

int copy_up_directory(struct un *u, struct node *n, bool checked)
{
    int r;

    if (n->upper_ino)
        return 0;
    r = n->dead ? 0 : copy_up_above(u, n->tree);
    return r < 0 ? r : copy_directory(u, n, checked);
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
        r = copy_up_directory(u, *ret, true);
    if (r == 0)
        r = make_room(u, *ret);
    if (r < 0) {
        core_done(u, *ret);
        *ret = NULL;
    }
    return r;
}

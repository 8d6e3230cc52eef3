/* SPDX-License-Identifier: Apache-2.0 */
#include "union/tree_part.h"

#include <errno.h>
#include <string.h>

#include "union/branch_marks.h"
#include "union/redirect.h"

/* Look up the path "/a/b" in the tree, without following links. Takes a reference on *ret. */
static int walk_tree(struct un *u, const char *path, uint64_t *ret, struct tree_attr *ret_attr)
{
    uint64_t at = TREE_ROOT;
    int r = tree_getattr(u->tree, at, ret_attr);

    if (r == 0)
        tree_ref(u->tree, at, 1);
    while (r == 0 && *(path += strspn(path, "/"))) {
        size_t len = strcspn(path, "/");
        uint64_t next = 0;

        r = tree_lookup(u->tree, at, path, len, &next, ret_attr);
        tree_forget(u->tree, at, 1);
        at = next;
        path += len;
    }
    *ret = at;
    return r;
}

/* Find the tree's part by the redirect, or else by name. */
static int find_part(struct un *u, struct node *dir, struct where w, bool in_tree, uint64_t *ret,
                     struct tree_attr *ret_attr)
{
    char redirect[PATH_MAX];
    ssize_t n = redirect_get(u, w, redirect);

    if (n < 0)
        return (int)n;
    if (n == 0)
        return in_tree ? tree_lookup(u->tree, dir->tree, w.name, strlen(w.name), ret, ret_attr) : -ENOENT;
    if (redirect[0] == '/')
        return walk_tree(u, redirect, ret, ret_attr);
    return dir->tree && !strchr(redirect, '/')
               ? tree_lookup(u->tree, dir->tree, redirect, (size_t)n, ret, ret_attr)
               : -ENOENT;
}

int tree_part_find(struct un *u, struct node *dir, struct where w, bool in_tree, uint32_t type, uint64_t *ret,
                   struct tree_attr *ret_attr)
{
    int r;

    *ret = 0;
    r = type == S_IFDIR ? branch_mark_is(u->branch, w, MARK_OPAQUE, 'y') : 0;
    if (r != 0)
        return r < 0 ? r : 0;
    r = find_part(u, dir, w, in_tree, ret, ret_attr);
    if (r == 0 && (ret_attr->mode & S_IFMT) == type)
        return 0;
    if (r == 0)
        tree_forget(u->tree, *ret, 1);
    *ret = 0;
    if (r < 0 && r != -ENOENT && r != -ENOTDIR)
        return r;
    return type == S_IFDIR ? 0 : -EIO; /* the content is missing */
}

int tree_part_of_content(struct un *u, struct node *n, struct where w)
{
    char redirect[PATH_MAX];
    struct tree_attr attr;
    ssize_t len;
    int r = n->type == S_IFREG ? branch_mark_has(u->branch, w, MARK_METACOPY) : 0;

    if (r <= 0)
        return r;
    len = redirect_get(u, w, redirect);
    if (len < 0)
        return (int)len;
    if (redirect[0] != '/')
        return -EIO;
    r = walk_tree(u, redirect, &n->tree, &attr);
    if (r == 0)
        core_shares_content(n, &attr);
    return r;
}

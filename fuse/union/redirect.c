/* SPDX-License-Identifier: Apache-2.0 */
#include "union/redirect.h"

#include <errno.h>
#include <string.h>

#include "union/branch_marks.h"

/* Build the path of a node in the tree, from the end of `buf`; NULL with a negative errno. */
static int tree_path(struct un *u, uint64_t node, char buf[PATH_MAX], const char **ret)
{
    char *at = buf + PATH_MAX - 1;

    *at = 0;
    while (node != TREE_ROOT) {
        char name[256];
        uint64_t dir;
        size_t len;
        int r = tree_name(u->tree, node, &dir, name);

        if (r < 0)
            return r;
        len = strlen(name);
        if ((size_t)(at - buf) < len + 1)
            return -ENAMETOOLONG;
        at -= len;
        memcpy(at, name, len);
        *--at = '/';
        node = dir;
    }
    *ret = at;
    return 0;
}

int redirect_mark(struct un *u, const struct node *n, struct where w)
{
    char buf[PATH_MAX];
    const char *path;
    int r = tree_path(u, n->tree, buf, &path);

    return r < 0 ? r : branch_mark_set(u->branch, w, MARK_REDIRECT, path, strlen(path));
}

ssize_t redirect_get(const struct un *u, struct where w, char ret[PATH_MAX])
{
    ssize_t n = branch_mark_get(u->branch, w, MARK_REDIRECT, ret, PATH_MAX - 1);

    if (n == -ENODATA || n == -EOPNOTSUPP)
        n = 0;
    if (n > 0 && u->branch->config.no_redirects)
        return -EPERM;
    if (n >= 0)
        ret[n] = 0;
    return n;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking a path in a tree, with no mount and no chroot: symbolic links mean the same as to a process with
 * the tree as its root, so that an absolute target or ".." never leads outside.
 *
 * The directories on the way are kept, each with the reference of its lookup, so that ".." returns to the
 * previous one.
 */
#include "tree/path_walk.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/array.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "tree/tree.h"

#define MAX_LINKS 40

struct walk {
    struct tree *tree;
    uint64_t *nodes; /* below the root, the deepest last */
    size_t depth;
    struct tree_attr attr; /* of the deepest one; valid if `attr_known` */
    bool attr_known;
    char *rest; /* the path left to walk; owned */
    unsigned links;
};

static uint64_t here(const struct walk *w)
{
    return w->depth ? w->nodes[w->depth - 1] : TREE_ROOT;
}

static void pop(struct walk *w)
{
    if (w->depth)
        tree_forget(w->tree, w->nodes[--w->depth], 1);
    w->attr_known = false;
}

static void walk_done(struct walk *w)
{
    while (w->depth)
        pop(w);
    free(w->nodes);
    free(w->rest);
}

static int push(struct walk *w, const char *name, size_t len)
{
    uint64_t *bigger = array_room(w->nodes, w->depth, sizeof *bigger);

    if (!bigger)
        return -ENOMEM;
    w->nodes = bigger;
    int r = tree_lookup(w->tree, here(w), name, len, &w->nodes[w->depth], &w->attr);
    if (r < 0)
        return r;
    w->depth++;
    w->attr_known = true;
    return 0;
}

/* Replaces the link that was just reached by its target, followed by the rest of the path. */
static int follow(struct walk *w, const char *after)
{
    char target[PATH_MAX];
    ssize_t n = tree_readlink(w->tree, here(w), target, sizeof(target));
    if (n < 0)
        return (int)n;
    if (n == 0)
        return -ENOENT;
    if ((size_t)n >= sizeof(target))
        return -ENAMETOOLONG;
    if (++w->links > MAX_LINKS)
        return -ELOOP;
    cleanup_buf struct buf rest = BUF_INIT;
    if (buf_append(&rest, target, (size_t)n) < 0 || buf_append(&rest, after, strlen(after)) < 0 ||
        !buf_str(&rest))
        return -ENOMEM;
    pop(w);
    while (target[0] == '/' && w->depth)
        pop(w);
    free(w->rest);
    w->rest = steal_ptr(&rest.data);
    return 0;
}

static int attr_here(struct walk *w)
{
    if (w->attr_known)
        return 0;
    int r = tree_getattr(w->tree, here(w), &w->attr);
    w->attr_known = r == 0;
    return r;
}

/* Walks one component of `len` bytes; `after` is the path behind it in w->rest. Returns 1 if w->rest was
 * replaced. */
static int step(struct walk *w, const char *name, size_t len, const char *after, bool follow_last)
{
    int r = attr_here(w);
    if (r < 0)
        return r;
    if (!S_ISDIR(w->attr.mode))
        return -ENOTDIR;
    if (len == 1 && name[0] == '.')
        return 0;
    if (len == 2 && name[0] == '.' && name[1] == '.') {
        pop(w);
        return 0;
    }
    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    r = push(w, name, len);
    if (r < 0)
        return r;
    /* A slash after a link, even at the end of the path, asks to follow it. */
    if (!S_ISLNK(w->attr.mode) || (!*after && !follow_last))
        return 0;
    r = follow(w, after);
    return r < 0 ? r : 1;
}

static int walk_rest(struct walk *w, bool follow_last)
{
    const char *s = w->rest;
    while (*s) {
        size_t slashes = strspn(s, "/");
        s += slashes;
        size_t len = strcspn(s, "/");
        if (len == 0) {
            int r = attr_here(w);
            return r < 0 ? r : S_ISDIR(w->attr.mode) ? 0 : -ENOTDIR;
        }
        int r = step(w, s, len, s + len, follow_last);
        if (r < 0)
            return r;
        s = r > 0 ? w->rest : s + len;
    }
    return attr_here(w);
}

int tree_walk(struct tree *t, const char *path, bool follow_last, uint64_t *ret_node,
              struct tree_attr *ret_attr)
{
    struct walk w = {.tree = t, .rest = strdup(path)};
    int r = w.rest ? walk_rest(&w, follow_last) : -ENOMEM;
    if (r == 0) {
        *ret_node = here(&w);
        *ret_attr = w.attr;
        if (w.depth)
            w.depth--; /* the caller takes over its reference */
    }
    walk_done(&w);
    return r;
}

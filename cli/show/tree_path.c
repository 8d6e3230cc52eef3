/* SPDX-License-Identifier: Apache-2.0 */
#include "show/tree_path.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "os/cleanup.h"
#include "tree/path_walk.h"

enum {
    MAX_LINKS = 40,
    MAX_TARGET = 1 << 20,
};

void tree_path_free(struct tree_path *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->names[i]);
    free(p->names);
    *p = (struct tree_path){0};
}

static int push(struct tree_path *p, const char *name, size_t len)
{
    if (p->n == TREE_PATH_MAX_NAMES)
        return -ENAMETOOLONG;
    if (!p->names) {
        p->names = calloc(TREE_PATH_MAX_NAMES, sizeof *p->names);
        if (!p->names)
            return -ENOMEM;
    }
    char *copy = strndup(name, len);
    if (!copy)
        return -ENOMEM;
    p->names[p->n++] = copy;
    return 0;
}

char *tree_path_string(const struct tree_path *p)
{
    cleanup_buf struct buf b = BUF_INIT;
    int r = p->n ? 0 : buf_append(&b, "/", 1);

    for (size_t i = 0; i < p->n && r == 0; i++)
        r = buf_printf(&b, "/%s", p->names[i]);
    if (r < 0 || !buf_str(&b))
        return NULL;
    char *path = steal_ptr(&b.data);
    return path;
}

int tree_link_target(struct tree *t, uint64_t node, char **ret, size_t *ret_len)
{
    struct tree_attr attr;
    int r = tree_getattr(t, node, &attr);

    if (r < 0)
        return r;
    if (attr.size > MAX_TARGET)
        return -ENAMETOOLONG;
    size_t room = (size_t)attr.size + 1; /* a live link may have grown: truncate it, as readlink(2) does */
    cleanup_free char *target = malloc(room);
    if (!target)
        return -ENOMEM;
    ssize_t len = tree_readlink(t, node, target, room - 1);
    if (len < 0)
        return (int)len;
    if ((size_t)len > room - 1)
        len = (ssize_t)(room - 1);
    target[len] = '\0';
    *ret = steal_ptr(&target);
    *ret_len = (size_t)len;
    return 0;
}

/* The names left to walk, and the position. */
struct walk {
    struct tree *tree;
    struct tree_path done;
    char *rest; /* fresh memory */
    unsigned links;
};

/* If the names in `w->done` are a link, replaces the last one by the target, before the rest (`behind`).
 * *ret: it was a link. */
static int follow(struct walk *w, const char *behind, bool *ret)
{
    cleanup_free char *path = tree_path_string(&w->done), *target = NULL;
    struct tree_attr attr;
    struct buf b = BUF_INIT;
    uint64_t node;
    size_t len;

    *ret = false;
    if (!path)
        return -ENOMEM;
    int r = tree_walk(w->tree, path, false, &node, &attr);
    if (r < 0) /* missing, or beneath a non-directory: take it as written */
        return r == -ENOMEM || r == -EUCLEAN || r == -EIO ? r : 0;
    r = S_ISLNK(attr.mode) ? tree_link_target(w->tree, node, &target, &len) : 0;
    tree_forget(w->tree, node, 1);
    if (r < 0 || !target)
        return r;
    if (++w->links > MAX_LINKS)
        return -ELOOP;
    if (buf_printf(&b, "%s/%s", target, behind) < 0 || !buf_str(&b)) {
        buf_free(&b);
        return -ENOMEM;
    }
    if (target[0] == '/')
        while (w->done.n > 0)
            free(w->done.names[--w->done.n]);
    else
        free(w->done.names[--w->done.n]);
    free(w->rest);
    w->rest = b.data;
    *ret = true;
    return 0;
}

static int walk(struct walk *w)
{
    const char *at = w->rest;

    for (;;) {
        at += strspn(at, "/");
        size_t len = strcspn(at, "/");
        const char *behind = at + len;
        bool last = behind[strspn(behind, "/")] == '\0', followed = false;
        int r = 0;
        if (len == 0)
            return 0;
        if (len == 2 && memcmp(at, "..", 2) == 0) {
            if (w->done.n > 0)
                free(w->done.names[--w->done.n]);
        } else if (len != 1 || *at != '.') {
            r = push(&w->done, at, len);
            if (r == 0 && !last)
                r = follow(w, behind, &followed);
        }
        if (r < 0)
            return r;
        at = followed ? w->rest : behind;
    }
}

int tree_path_resolve(struct tree *t, const char *path, struct tree_path *ret)
{
    struct walk w = {.tree = t, .rest = strdup(path)};

    int r = w.rest ? walk(&w) : -ENOMEM;
    free(w.rest);
    if (r < 0)
        tree_path_free(&w.done);
    else
        *ret = w.done;
    return r;
}

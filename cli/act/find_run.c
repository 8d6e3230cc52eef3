/* SPDX-License-Identifier: Apache-2.0 */
#include "act/find_run.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "act/tree_accounts.h"
#include "os/array.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "show/ls_format.h"
#include "show/text.h"
#include "show/tree_path.h"
#include "tree/path_walk.h"

enum {
    MAX_ACCOUNTS = 16 << 20, /* maximum size of /etc/passwd */
};

/* ---- facts that an expression names */

int find_account(void *ctx, const char *name, bool group, uint32_t *ret)
{
    return tree_account(ctx, name, group, ret);
}

int find_look(void *ctx, const char *path, struct tree_attr *ret)
{
    uint64_t node;
    int r = tree_walk(ctx, path, false, &node, ret);

    if (r == 0)
        tree_forget(ctx, node, 1);
    return r;
}

/* ---- the walk */

struct level {
    uint64_t dir; /* holds a reference */
    uint64_t next;
    size_t len; /* of the directory's path */
};

struct run {
    struct tree *tree;
    const struct find_expr *e;
    struct buf path;
    struct level *levels;
    size_t n;
    uint64_t node; /* the file being tested */
    struct tree_attr attr;
    bool pruned; /* do not go down into the directory */
    struct tree_ids users, groups;
};

static int has_xattr(void *ctx, const char *pattern)
{
    struct run *run = ctx;
    ssize_t len = tree_listxattr(run->tree, run->node, NULL, 0);

    if (len <= 0)
        return (int)len;
    cleanup_free char *names = malloc((size_t)len + 1);
    if (!names)
        return -ENOMEM;
    len = tree_listxattr(run->tree, run->node, names, (size_t)len);
    if (len < 0)
        return (int)len;
    names[len] = '\0';
    for (const char *at = names; at < names + len; at += strlen(at) + 1)
        if (fnmatch(pattern, at, 0) == 0)
            return 1;
    return 0;
}

static int has_target(void *ctx, const char *pattern, int flags)
{
    struct run *run = ctx;
    cleanup_free char *target = NULL;
    size_t len;
    int r = tree_link_target(run->tree, run->node, &target, &len);

    return r < 0 ? r : fnmatch(pattern, target, flags) == 0;
}

static int has_account(void *ctx, uint32_t id, bool group)
{
    struct run *run = ctx;

    return tree_ids_have(run->tree, group ? &run->groups : &run->users, group, id);
}

static int is_empty_dir(void *ctx)
{
    struct run *run = ctx;
    char scratch[256];
    struct tree_entry e;
    int r = tree_entry(run->tree, run->node, 0, &e, scratch);

    return r < 0 ? r : r == 0;
}

static int print_target(const struct run *run)
{
    cleanup_free char *target = NULL;
    size_t len;
    int r = tree_link_target(run->tree, run->node, &target, &len);

    if (r == 0)
        r = fputs(" -> ", stdout) < 0 ? -EIO : text_put(stdout, target, len, TEXT_NAME);
    return r;
}

static int act(void *ctx, enum find_action action)
{
    struct run *run = ctx;
    struct ls_widths widths = {0};
    int r = 0;

    if (action == FIND_QUIT)
        return -ECANCELED;
    if (action == FIND_PRUNE) {
        run->pruned = true;
        return 0;
    }
    if (action == FIND_PRINT0)
        return fwrite(buf_str(&run->path), 1, run->path.len + 1, stdout) == run->path.len + 1 ? 0 : -EIO;
    if (action == FIND_LS) {
        ls_widths_add(&widths, &run->attr);
        r = ls_print_long(stdout, &widths, &run->attr);
    }
    if (r == 0)
        r = text_put(stdout, buf_str(&run->path), run->path.len, TEXT_NAME);
    if (r == 0 && action == FIND_LS && S_ISLNK(run->attr.mode))
        r = print_target(run);
    return r == 0 && putchar('\n') == EOF ? -EIO : r;
}

/* Evaluates the expression for the file run->node. `depth` is the number of names below the starting point. */
static int ask(struct run *run, size_t depth)
{
    run->pruned = false;
    if (depth < find_min_depth(run->e))
        return 0;
    if (!buf_str(&run->path)) /* adds the NUL */
        return -ENOMEM;
    const char *path = buf_str(&run->path), *slash = strrchr(path, '/');
    cleanup_free char *name = NULL;
    /* The name of "/" and of "a/" has no trailing slash, as in find(1). */
    if (slash && !slash[1] && slash != path) {
        size_t len = run->path.len;
        while (len > 1 && path[len - 1] == '/')
            len--;
        const char *from = memrchr(path, '/', len);
        from = from && len > 1 ? from + 1 : path;
        name = strndup(from, len - (size_t)(from - path));
        if (!name)
            return -ENOMEM;
    }
    const struct find_file f = {
        .path = path,
        .name = name                ? name
                : slash && slash[1] ? slash + 1
                                    : path,
        .attr = &run->attr,
        .has_xattr = has_xattr,
        .is_empty_dir = is_empty_dir,
        .has_target = has_target,
        .has_account = has_account,
        .act = act,
        .ctx = run,
    };
    int r = find_match(run->e, &f);
    return r < 0 ? r : 0;
}

/* Opens the directory run->node. */
static int push(struct run *run)
{
    struct level *more = array_room(run->levels, run->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    run->levels = more;
    tree_ref(run->tree, run->node, 1);
    run->levels[run->n++] = (struct level){run->node, 0, run->path.len};
    return 0;
}

static int step(struct run *run)
{
    struct level *level = &run->levels[run->n - 1];
    char scratch[256];
    struct tree_entry e;
    int r = tree_entry(run->tree, level->dir, level->next++, &e, scratch);

    run->path.len = level->len;
    if (r <= 0) {
        if (r == 0)
            tree_forget(run->tree, run->levels[--run->n].dir, 1);
        return r;
    }
    bool slash = run->path.len && ((const char *)run->path.data)[run->path.len - 1] == '/';
    r = slash ? 0 : buf_append(&run->path, "/", 1);
    if (r == 0)
        r = buf_append(&run->path, e.name, e.name_len);
    if (r == 0)
        r = tree_lookup(run->tree, level->dir, e.name, e.name_len, &run->node, &run->attr);
    if (r < 0)
        return r;
    uint64_t node = run->node;
    r = ask(run, run->n);
    if (r == 0 && S_ISDIR(run->attr.mode) && !run->pruned && run->n < find_max_depth(run->e))
        r = push(run);
    tree_forget(run->tree, node, 1);
    return r;
}

int find_run(struct tree *t, const struct find_expr *e, const char *path, uint64_t node,
             const struct tree_attr *attr)
{
    struct run run = {.tree = t, .e = e, .path = BUF_INIT, .node = node, .attr = *attr};
    int r = buf_append(&run.path, path, strlen(path));

    if (r == 0)
        r = ask(&run, 0);
    if (r == 0 && S_ISDIR(attr->mode) && !run.pruned && find_max_depth(e) > 0)
        r = push(&run);
    while (r == 0 && run.n > 0)
        r = step(&run);
    while (run.n > 0)
        tree_forget(t, run.levels[--run.n].dir, 1);
    free(run.levels);
    buf_free(&run.path);
    tree_ids_free(&run.users);
    tree_ids_free(&run.groups);
    return r == -ECANCELED ? 0 : r;
}

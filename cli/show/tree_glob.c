/* SPDX-License-Identifier: Apache-2.0 */
#include "show/tree_glob.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"
#include "os/cleanup.h"
#include "tree/path_walk.h"

bool tree_glob_is_pattern(const char *word)
{
    return strpbrk(word, "*?[") != NULL;
}

void tree_glob_free(struct tree_glob *g)
{
    for (size_t i = 0; i < g->n; i++)
        free(g->paths[i]);
    free(g->paths);
    *g = (struct tree_glob){0};
}

/* Takes `path` over, also on failure. */
static int add(struct tree_glob *g, char *path)
{
    if ((g->n & (g->n - 1)) == 0) { /* grow at powers of two */
        char **more = reallocarray(g->paths, g->n ? 2 * g->n : 1, sizeof *more);
        if (!more) {
            free(path);
            return -ENOMEM;
        }
        g->paths = more;
    }
    g->paths[g->n++] = path;
    return 0;
}

static int add_joined(struct tree_glob *g, const char *dir, const char *name)
{
    cleanup_buf struct buf b = BUF_INIT;
    const char *slash = !*dir || dir[strlen(dir) - 1] == '/' ? "" : "/";

    if (buf_printf(&b, "%s%s%s", dir, slash, name) < 0 || !buf_str(&b))
        return -ENOMEM;
    return add(g, steal_ptr(&b.data));
}

/* A path that cannot be walked has no matches beneath; damage and lack of memory end the search. */
static int is_fatal(int r)
{
    return r == -ENOMEM || r == -EUCLEAN || r == -EIO ? r : 0;
}

/* Adds the names of `dir` that `pattern` matches, those with anything behind them only if they lead to a directory. */
static int match_dir(struct tree *t, const char *dir, const char *pattern, bool last, struct tree_glob *ret)
{
    struct tree_attr attr;
    struct tree_entry e;
    char scratch[256];
    uint64_t node;
    int r = tree_walk(t, *dir ? dir : "/", true, &node, &attr), more = 1;

    if (r < 0)
        return is_fatal(r);
    for (uint64_t i = 0; r == 0 && S_ISDIR(attr.mode); i++) {
        more = tree_entry(t, node, i, &e, scratch);
        if (more <= 0)
            break;
        if (fnmatch(pattern, e.name, FNM_PERIOD) == 0 && (last || e.type == DT_DIR || e.type == DT_LNK))
            r = add_joined(ret, dir, e.name);
    }
    tree_forget(t, node, 1);
    return r < 0 ? r : more < 0 ? more : 0;
}

/* Adds dir/name if it exists; backslashes are taken off. */
static int match_name(struct tree *t, const char *dir, char *name, struct tree_glob *ret)
{
    struct tree_attr attr;
    uint64_t node;
    char *to = name;
    size_t n = ret->n;

    for (const char *from = name; *from; from++) {
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from;
    }
    *to = '\0';
    int r = add_joined(ret, dir, name);
    if (r < 0)
        return r;
    r = tree_walk(t, ret->paths[n], false, &node, &attr);
    if (r == 0)
        tree_forget(t, node, 1);
    else
        free(ret->paths[--ret->n]);
    return is_fatal(r);
}

/* One more component: all of `from` become those of *ret. */
static int step(struct tree *t, const struct tree_glob *from, char *name, bool last, struct tree_glob *ret)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < from->n; i++)
        r = tree_glob_is_pattern(name) ? match_dir(t, from->paths[i], name, last, ret)
                                       : match_name(t, from->paths[i], name, ret);
    return r;
}

/* A slash behind the last name asks for directories, as in a shell. */
static int end_with_slash(struct tree *t, struct tree_glob *g)
{
    struct tree_glob all = *g;
    int r = 0;

    *g = (struct tree_glob){0};
    for (size_t i = 0; r == 0 && i < all.n; i++) {
        struct tree_attr attr;
        uint64_t node;

        int found = tree_walk(t, all.paths[i], true, &node, &attr);
        r = is_fatal(found);
        if (found < 0)
            continue;
        tree_forget(t, node, 1);
        if (S_ISDIR(attr.mode))
            r = add_joined(g, all.paths[i], "");
    }
    tree_glob_free(&all);
    return r;
}

static int expand(struct tree *t, char *pattern, struct tree_glob *ret)
{
    bool slash = false;
    char *root = strdup(*pattern == '/' ? "/" : "");
    int r = root ? add(ret, root) : -ENOMEM;

    for (char *at = pattern + strspn(pattern, "/"); r == 0 && *at;) {
        struct tree_glob next = {0};
        size_t len = strcspn(at, "/");
        char *behind = at + len + strspn(at + len, "/");

        slash = at[len] == '/';
        at[len] = '\0';
        r = step(t, ret, at, !*behind && !slash, &next);
        tree_glob_free(ret);
        *ret = next;
        at = behind;
    }
    return r == 0 && slash ? end_with_slash(t, ret) : r;
}

int tree_glob(struct tree *t, const char *pattern, struct tree_glob *ret)
{
    cleanup_free char *copy = strdup(pattern);
    struct tree_attr attr;
    uint64_t node;

    *ret = (struct tree_glob){0};
    if (!copy)
        return -ENOMEM;
    int r = tree_walk(t, pattern, false, &node, &attr);
    if (r == 0) {
        tree_forget(t, node, 1);
        return add(ret, steal_ptr(&copy));
    }
    return is_fatal(r) ? r : expand(t, copy, ret);
}

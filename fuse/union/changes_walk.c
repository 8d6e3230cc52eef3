/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a walk: records, names and paths. */
#include "union/changes_walk.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "os/array.h"

bool walk_has_vanished(const struct change_walk *w, int r)
{
    return w->live && (r == -ENOENT || r == -ESTALE || r == -ENOTDIR || r == -EIO || r == -ELOOP);
}

/* ---- records */

static uint64_t content_size(uint32_t mode, uint64_t size)
{
    return S_ISREG(mode) || S_ISLNK(mode) ? size : 0;
}

int walk_add(struct change_walk *w, enum change_kind kind, struct both *b, struct change **ret)
{
    struct changes *c = w->changes;
    const char *path = buf_str(&w->path);

    struct change *more = array_room(c->list, c->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    c->list = more;
    *ret = &c->list[c->n];
    **ret = (struct change){.path = path ? strdup(path) : NULL, .kind = kind, .mode = b->attr.mode};
    (*ret)->size = content_size(b->attr.mode, b->attr.size);
    if (!(*ret)->path)
        return -ENOMEM;
    if (b->node) {
        const struct stat *st = &b->st;

        (*ret)->mode = st->st_mode;
        (*ret)->uid = st->st_uid;
        (*ret)->gid = st->st_gid;
        (*ret)->nlink = (uint32_t)st->st_nlink;
        (*ret)->ino = st->st_ino;
        (*ret)->size = content_size(st->st_mode, (uint64_t)st->st_size);
        (*ret)->rdev = st->st_rdev;
        (*ret)->mtime = st->st_mtim;
        (*ret)->node = b->node;
        b->node = 0;
    }
    c->n++;
    return 0;
}

void change_clear(struct un *u, struct change *c)
{
    if (c->node && c->node != UN_ROOT) /* the root needs no reference */
        un_forget(u, c->node, 1);
    free(c->path);
}

/* ---- one name */

int both_look(struct change_walk *w, uint64_t dir, uint64_t base, const char *name, struct both *ret)
{
    int r;

    *ret = (struct both){.node = 0};
    r = un_lookup(w->un, dir, name, &ret->node, &ret->st);
    if (r < 0) {
        ret->node = 0;
        if (r != -ENOENT && !walk_has_vanished(w, r))
            return r;
    }
    r = base ? tree_lookup(w->un->tree, base, name, strlen(name), &ret->base, &ret->attr) : -ENOENT;
    if (r < 0) {
        ret->base = 0;
        if (r != -ENOENT) {
            both_done(w, ret);
            return r;
        }
    }
    return ret->node || ret->base;
}

void both_done(struct change_walk *w, struct both *b)
{
    if (b->node)
        un_forget(w->un, b->node, 1);
    if (b->base)
        tree_forget(w->un->tree, b->base, 1);
    *b = (struct both){.node = 0};
}

/* ---- paths */

int walk_enter(struct change_walk *w, const char *name, size_t *ret_before)
{
    *ret_before = w->path.len;
    if (w->path.len + strlen(name) + 1 >= PATH_MAX)
        return err_set(w->err, ENAMETOOLONG, "/%.200s...: a path of more than %d bytes", buf_str(&w->path),
                       PATH_MAX - 1);
    return buf_printf(&w->path, "%s%s", w->path.len ? "/" : "", name);
}

void walk_leave(struct change_walk *w, size_t before)
{
    w->path.len = before;
    if (w->path.data)
        w->path.data[before] = '\0';
}

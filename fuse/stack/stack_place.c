/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/stack_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "os/cleanup.h"
#include "os/entry.h"

struct place *place_new(struct stack_layers *l, struct place *up, const char *name, size_t len)
{
    struct place *p = malloc(sizeof(*p) + len + 1);
    if (!p)
        return NULL;
    p->up = up ? place_ref(up) : NULL;
    p->id = atomic_fetch_add_explicit(&l->ids, 1, memory_order_relaxed);
    atomic_init(&p->refs, 1);
    p->layer = up ? up->layer : 0;
    p->xattr_whiteouts = false;
    p->dev = 0;
    p->ino = 0;
    memcpy(p->name, name, len);
    p->name[len] = 0;
    return p;
}

struct place *place_ref(struct place *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void place_unref(struct stack_layers *l, struct place *p)
{
    /* A loop, not recursion: layers may be of any depth. */
    while (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        struct place *up = p->up;
        fd_cache_drop(l->cache, place_key(p->id));
        free(p);
        p = up;
    }
}

bool place_same(const struct place *a, const struct place *b)
{
    for (; a != b; a = a->up, b = b->up)
        if (!a || !b || a->layer != b->layer || a->dev != b->dev || a->ino != b->ino ||
            a->xattr_whiteouts != b->xattr_whiteouts || strcmp(a->name, b->name) != 0)
            return false;
    return true;
}

/* Borrow the descriptor of an open place. */
static bool open_already(struct stack_layers *l, struct place *p, struct place_fd *ret)
{
    if (!p->up) {
        *ret = (struct place_fd){l->fds[p->layer], NULL};
        return true;
    }
    ret->entry = fd_cache_get(l->cache, place_key(p->id));
    ret->fd = ret->entry ? fd_cache_fd(ret->entry) : -1;
    return ret->entry != NULL;
}

/* Open `p` in `at`, its parent, and replace the parent's descriptor. */
static int step_down(struct stack_layers *l, struct place_fd *at, struct place *p)
{
    int fd = entry_open(at->fd, p->name, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return fd == -ELOOP ? -ENOTDIR : fd;
    struct fd_cache_entry *e = fd_cache_add(l->cache, place_key(p->id), fd);
    if (!e)
        return -ENOMEM;
    place_close(l, at);
    *at = (struct place_fd){fd_cache_fd(e), e};
    return 0;
}

int place_open(struct stack_layers *l, struct place *p, struct place_fd *ret)
{
    struct place_fd at = {-1, NULL};
    if (open_already(l, p, &at)) {
        *ret = at;
        return 0;
    }
    size_t depth = 1;
    struct place *above = p->up;
    for (; !open_already(l, above, &at); above = above->up)
        depth++;

    struct place *few[32];
    cleanup_free struct place **many = NULL;
    struct place **way = few;
    if (depth > sizeof(few) / sizeof(*few)) {
        way = many = reallocarray(NULL, depth, sizeof(*many));
        if (!many) {
            place_close(l, &at);
            return -ENOMEM;
        }
    }
    for (size_t i = depth; i-- > 0; p = p->up)
        way[i] = p;
    int r = 0;
    for (size_t i = 0; i < depth && r == 0; i++)
        r = step_down(l, &at, way[i]);
    if (r < 0) {
        place_close(l, &at);
        return r;
    }
    *ret = at;
    return 0;
}

void place_close(struct stack_layers *l, struct place_fd *fd)
{
    fd_cache_put(l->cache, fd->entry);
    *fd = (struct place_fd){-1, NULL};
}

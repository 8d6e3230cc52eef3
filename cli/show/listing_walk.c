/* SPDX-License-Identifier: Apache-2.0 */
#include "show/listing_walk.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "os/buf.h"

struct level {
    uint64_t dir; /* holds a reference */
    uint64_t next;
    size_t len; /* of its path */
};

struct state {
    const struct listing_walk *w;
    struct buf path;
    struct buf levels; /* struct level */
};

static struct level *top(struct state *s)
{
    return (struct level *)(void *)(s->levels.data + s->levels.len) - 1;
}

static int push(struct state *s, uint64_t node)
{
    const struct level level = {node, 0, s->path.len};

    if (buf_append(&s->levels, &level, sizeof level) < 0)
        return -ENOMEM;
    tree_ref(s->w->tree, node, 1);
    return 0;
}

static void pop(struct state *s)
{
    tree_forget(s->w->tree, top(s)->dir, 1);
    s->levels.len -= sizeof(struct level);
}

static int add_name(struct state *s, const struct tree_entry *e)
{
    bool slash = s->path.len && s->path.data[s->path.len - 1] == '/';

    if (!slash && buf_append(&s->path, "/", 1) < 0)
        return -ENOMEM;
    return buf_append(&s->path, e->name, e->name_len) < 0 || !buf_str(&s->path) ? -ENOMEM : 0;
}

static int step(struct state *s)
{
    const struct listing_walk *w = s->w;
    struct level *level = top(s);
    struct tree_attr attr;
    struct tree_entry e;
    char scratch[256];
    uint64_t node;
    int r = tree_entry(w->tree, level->dir, level->next++, &e, scratch);

    s->path.len = level->len;
    if (r <= 0) {
        pop(s);
        return r;
    }
    if (e.name[0] == '.' && !w->all)
        return 0;
    r = tree_lookup(w->tree, level->dir, e.name, e.name_len, &node, &attr);
    if (r < 0)
        return r == -ENOENT ? 0 : r; /* a live directory may have lost it meanwhile */
    r = add_name(s, &e);
    if (r == 0)
        r = w->meet(w->ctx, s->path.data, s->path.len - e.name_len, node, &attr);
    if (r == 0 && w->recursive && S_ISDIR(attr.mode))
        r = push(s, node);
    tree_forget(w->tree, node, 1);
    return r;
}

int listing_walk(const struct listing_walk *w, const char *path, uint64_t node)
{
    struct state s = {.w = w, .path = BUF_INIT, .levels = BUF_INIT};
    int r = buf_append(&s.path, path, strlen(path));

    if (r == 0)
        r = push(&s, node);
    while (r == 0 && s.levels.len)
        r = step(&s);
    while (s.levels.len)
        pop(&s);
    buf_free(&s.levels);
    buf_free(&s.path);
    return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/merge_lookup.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "indexing/link_path.h"

struct fact merge_fact(const struct index_name *name, const struct index_inode *in)
{
    if (name->flags & NAME_WHITEOUT)
        return (struct fact){.kind = FACT_WHITEOUT};
    if (!S_ISDIR(in->mode) || in->flags & INODE_LOWER_LINK)
        return (struct fact){.kind = FACT_FILE};
    return (struct fact){
        .kind = FACT_DIR,
        .opaque = in->flags & INODE_OPAQUE,
        .replaces = in->flags & INODE_REPLACES,
        .implicit = in->flags & INODE_IMPLICIT,
        .passive = in->flags & INODE_PASSIVE,
    };
}

int merge_lookup_root(const struct merge_layer *layers, uint32_t below, struct buf *parts,
                      struct part *ret_meta)
{
    static const struct index_name root;
    struct resolver res = RESOLVER_INIT;
    int r = 0;

    for (uint32_t l = below; r == 0 && !res.done && l-- > 0;) {
        struct part p = {l, INDEX_ROOT};
        struct index_inode in;

        *ret_meta = p;
        if (index_inode(layers[l].index, INDEX_ROOT, &in) < 0 || !S_ISDIR(in.mode) ||
            in.flags & INODE_LOWER_LINK)
            return -EUCLEAN;
        if (resolve_step(&res, merge_fact(&root, &in)))
            r = buf_append(parts, &p, sizeof(p));
    }
    resolve_end(&res);
    *ret_meta =
        res.top < 0 ? (struct part){UINT32_MAX, 0} : (struct part){below - 1 - (uint32_t)res.top, INDEX_ROOT};
    return r;
}

/* The directories on the way of a walk. Each is merged from a run of `parts`, which ends where the next
 * one's begins. */
struct walk {
    const struct merge_layer *layers;
    struct link_path path;
    struct buf parts;  /* struct part */
    struct buf begins; /* size_t, for each directory from the root to the one that was reached */
    uint64_t *steps;
};

static size_t depth(const struct walk *w)
{
    return w->begins.len / sizeof(size_t) - 1;
}

static size_t *begin_of(const struct walk *w, size_t dir)
{
    return &((size_t *)(void *)w->begins.data)[dir];
}

static int take_steps(struct walk *w, uint64_t n)
{
    if (n > *w->steps)
        return -E2BIG;
    *w->steps -= n;
    return 0;
}

static void go_back_to(struct walk *w, size_t dir)
{
    if (dir >= depth(w))
        return;
    w->parts.len = *begin_of(w, dir + 1) * sizeof(struct part);
    w->begins.len = (dir + 1) * sizeof(size_t);
}

/* Looks up `name` in the current directory. -EISDIR for a directory, which becomes the current one; 0 for
 * another file, and *ret says where it is, as it does for damage. */
static int look_up(struct walk *w, const char *name, size_t len, struct part *ret)
{
    struct resolver res = RESOLVER_INIT;
    size_t end = w->parts.len / sizeof(struct part), begin = *begin_of(w, depth(w));
    int r = take_steps(w, end - begin);

    for (size_t i = begin; r == 0 && i < end && !res.done; i++) {
        struct part dir = *part_at(&w->parts, i);
        const struct index *ix = w->layers[dir.layer].index;
        struct index_inode in = {0};
        struct index_name found;

        r = index_find(ix, dir.inode, name, len, &found, &in);
        if (r == -ENOENT) {
            r = 0;
            continue;
        }
        *ret = (struct part){dir.layer, r < 0 ? 0 : found.inode};
        if (r < 0)
            return -EUCLEAN;
        if (resolve_step(&res, merge_fact(&found, &in)))
            r = buf_append(&w->parts, ret, sizeof(*ret));
    }
    if (r < 0)
        return r;
    resolve_end(&res);
    if (res.result == RESOLVED_DIR) {
        r = buf_append(&w->begins, &end, sizeof(end));
        return r < 0 ? r : -EISDIR;
    }
    w->parts.len = end * sizeof(struct part);
    return res.result == RESOLVED_NONE ? -ENOENT : 0;
}

/* Follows a file on the way, which must be a symbolic link, as in a chroot. -EISDIR: the walk goes on in a
 * directory. */
static int follow(struct walk *w, struct part file)
{
    const struct index *ix = w->layers[file.layer].index;
    struct index_inode in;
    const char *target;
    size_t len;
    int r;

    if (index_inode(ix, file.inode, &in) < 0)
        return -EUCLEAN;
    if (!S_ISLNK(in.mode) || in.flags & INODE_LOWER_LINK)
        return -ENOENT;
    if (index_target(ix, &in, &target, &len) < 0)
        return -EUCLEAN;
    r = take_steps(w, len);
    if (r == 0)
        r = link_path_follow(&w->path, target, len);
    if (r == 0 && len > 0 && *target == '/')
        go_back_to(w, 0);
    return r < 0 ? r : -EISDIR;
}

static int walk(struct walk *w, struct part *ret)
{
    const char *name;
    size_t len;
    bool last;
    int r = -EISDIR;

    while (link_path_next(&w->path, &name, &len, &last)) {
        if (len == 1 && name[0] == '.')
            continue;
        if (len == 2 && name[0] == '.' && name[1] == '.') {
            go_back_to(w, depth(w) ? depth(w) - 1 : 0);
            continue;
        }
        r = look_up(w, name, len, ret);
        if (r == 0 && !last)
            r = follow(w, *ret);
        if (r < 0 && r != -EISDIR)
            break;
    }
    return r;
}

int merge_lookup(const struct merge_layer *layers, uint32_t below, const char *path, size_t len,
                 uint64_t *steps, struct part *ret)
{
    struct walk w = {.layers = layers, .parts = BUF_INIT, .begins = BUF_INIT, .steps = steps};
    size_t root = 0;
    int r = merge_lookup_root(layers, below, &w.parts, ret);

    link_path_init(&w.path, path, len);
    if (r == 0)
        r = buf_append(&w.begins, &root, sizeof(root));
    if (r == 0)
        r = walk(&w, ret);
    buf_free(&w.parts);
    buf_free(&w.begins);
    return r;
}

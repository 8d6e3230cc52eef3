/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/merge_lookup.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

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

/* What `name` is in the directory that is merged of `dirs`. For a directory, `next` are those that it is
 * merged of; for anything else, or damage, *ret says where. */
static int look_up(const struct merge_layer *layers, const struct buf *dirs, const char *name, size_t len,
                   struct buf *next, struct part *ret)
{
    struct resolver res = RESOLVER_INIT;
    int r = 0;

    next->len = 0;
    for (size_t i = 0; i < dirs->len / sizeof(struct part) && !res.done; i++) {
        struct part dir = *part_at(dirs, i);
        const struct index *ix = layers[dir.layer].index;
        struct index_inode in = {0};
        struct index_name found;

        r = index_find(ix, dir.inode, name, len, &found);
        if (r == -ENOENT)
            continue;
        if (r == 0 && !(found.flags & NAME_WHITEOUT))
            r = index_inode(ix, found.inode, &in);
        *ret = (struct part){dir.layer, r < 0 ? 0 : found.inode};
        if (r < 0)
            return -EUCLEAN;
        if (resolve_step(&res, merge_fact(&found, &in)))
            r = buf_append(next, ret, sizeof(*ret));
        if (r < 0)
            return r;
    }
    resolve_end(&res);
    return res.result == RESOLVED_NONE ? -ENOENT : res.result == RESOLVED_DIR ? -EISDIR : 0;
}

int merge_lookup(const struct merge_layer *layers, uint32_t below, const char *path, size_t len,
                 uint64_t *steps, struct part *ret)
{
    cleanup_buf struct buf dirs = BUF_INIT, next = BUF_INIT;
    int r = merge_lookup_root(layers, below, &dirs, ret);

    if (r < 0)
        return r;
    for (;;) {
        const char *slash = memchr(path, '/', len);
        size_t component = slash ? (size_t)(slash - path) : len, asked = dirs.len / sizeof(struct part);
        struct buf now = dirs;

        if (asked > *steps)
            return -E2BIG;
        *steps -= asked;
        r = look_up(layers, &dirs, path, component, &next, ret);
        if (!slash || r != -EISDIR)
            return slash && r == 0 ? -ENOENT : r;
        path = slash + 1;
        len -= component + 1;
        dirs = next;
        next = now;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/merge.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexing/copy_inode.h"
#include "indexing/merge_links.h"
#include "indexing/merge_lookup.h"
#include "indexing/merge_order.h"
#include "os/buf.h"

/* A merged directory whose entries are not merged yet: parts .. parts + n_parts - 1 of the queue's,
 * topmost first. */
struct pending {
    uint32_t inode; /* in the tree */
    uint32_t n_parts;
    size_t parts;
};

struct merge {
    const struct merge_layer *layers;
    uint32_t n_layers;
    uint32_t first; /* names of lower layers are left out */
    struct index_writer *out;
    uint32_t **numbers; /* numbers[layer][inode]: its number in the tree, 0 if not added yet */
    struct merge_links links;
    struct buf pending;       /* struct pending, a queue */
    size_t next;              /* position in `pending` */
    struct buf parts;         /* struct part */
    struct merge_order order; /* of the current directory */
    const atomic_bool *cancel;
    struct err *err;
};

static int damaged(struct merge *m, uint32_t layer)
{
    return merge_damaged(m->err, layer);
}

static bool is_cancelled(const struct merge *m)
{
    return m->cancel && atomic_load_explicit(m->cancel, memory_order_relaxed);
}

static int add_inode(struct merge *m, uint32_t layer, struct index_inode in, uint32_t *ret)
{
    return copy_inode(m->layers, layer, in, m->out, ret, m->err);
}

/* Merges a name of a file: adds its inode when the first of its names is met. */
static int merge_file(struct merge *m, const struct index_name *name, uint32_t dir, struct part p)
{
    struct index_name out = *name;
    struct index_inode in;
    uint32_t *number;
    int r;

    if (index_inode(m->layers[p.layer].index, p.inode, &in) < 0)
        return damaged(m, p.layer);
    r = merge_links_follow(&m->links, &p, &in, name);
    if (r < 0)
        return r;
    number = &m->numbers[p.layer][p.inode - 1];
    if (*number == 0) {
        in.nlink = 0;
        in.parent = dir;
        r = add_inode(m, p.layer, in, number);
    }
    if (r == 0)
        r = index_writer_add_nlink(m->out, *number);
    out.inode = *number;
    out.type = (uint8_t)IFTODT(in.mode);
    out.flags = 0;
    return r < 0 ? r : index_writer_name(m->out, &out, NULL);
}

/* Merges a directory from parts[0 .. n) (topmost first); `meta` is the layer's directory that gives the
 * metadata, layer UINT32_MAX for none. Queues its entries. */
static int merge_dir(struct merge *m, const struct index_name *name, uint32_t parent, struct part meta,
                     size_t parts, uint32_t n_parts)
{
    struct index_inode in = {.mode = S_IFDIR | 0755};
    struct pending todo = {.n_parts = n_parts, .parts = parts};
    int r;

    if (meta.layer != UINT32_MAX && index_inode(m->layers[meta.layer].index, meta.inode, &in) < 0)
        return damaged(m, meta.layer);
    in.nlink = 2;
    in.size = 4096;
    in.blocks = 8;
    in.first = in.entries = 0;
    in.parent = parent;
    if (meta.layer != UINT32_MAX)
        r = add_inode(m, meta.layer, in, &todo.inode);
    else
        r = index_writer_inode(m->out, &in, &todo.inode);
    if (r == 0)
        r = buf_append(&m->pending, &todo, sizeof(todo));
    if (r == 0 && name) {
        struct index_name out = *name;

        out.inode = todo.inode;
        out.type = DT_DIR;
        out.flags = 0;
        r = index_writer_name(m->out, &out, NULL);
        if (r == 0)
            r = index_writer_add_nlink(m->out, parent);
    }
    return r;
}

/* Decides one name from the candidates c[0 .. n), topmost first, and adds the result. Returns 1 if a name
 * was added. */
static int merge_name(struct merge *m, uint32_t dir, const struct candidate *c, size_t n)
{
    struct resolver res = RESOLVER_INIT;
    size_t parts = m->parts.len / sizeof(struct part);
    struct part decided = {UINT32_MAX, 0};
    int r = 0;

    for (size_t i = 0; r == 0 && i < n && !res.done; i++) {
        struct part p = {c[i].layer, c[i].name.inode};
        struct index_inode in = {0};

        if (index_child(m->layers[p.layer].index, c[i].dir, &c[i].name, &in) < 0)
            return damaged(m, p.layer);
        if (resolve_step(&res, merge_fact(&c[i].name, &in)))
            r = buf_append(&m->parts, &p, sizeof(p));
    }
    resolve_end(&res);
    if (res.top >= 0)
        decided = (struct part){c[res.top].layer, c[res.top].name.inode};
    if (r == 0 && res.result == RESOLVED_DIR) {
        r = merge_dir(m, &c[0].name, dir, decided, parts,
                      (uint32_t)(m->parts.len / sizeof(struct part) - parts));
        return r < 0 ? r : 1;
    }
    m->parts.len = parts * sizeof(struct part);
    if (r == 0 && res.result == RESOLVED_FILE)
        r = merge_file(m, &c[0].name, dir, decided);
    return r < 0 ? r : res.result == RESOLVED_FILE;
}

static int collect(struct merge *m, const struct pending *d)
{
    for (uint32_t i = 0; i < d->n_parts; i++) {
        struct part p = *part_at(&m->parts, d->parts + i);
        int r;

        /* A directory has one name: an index with more could contain a loop. */
        if (m->numbers[p.layer][p.inode - 1])
            return damaged(m, p.layer);
        m->numbers[p.layer][p.inode - 1] = d->inode;
        r = merge_order_add(&m->order, p.layer, p.inode);
        if (r < 0)
            return r == -EUCLEAN ? damaged(m, p.layer) : r;
    }
    return 0;
}

static int merge_names(struct merge *m, const struct pending *d, uint64_t *first)
{
    const struct candidate *c;
    uint64_t entries = 0, start = *first;
    uint32_t layer = 0;
    int n, r = collect(m, d);

    if (r < 0)
        return r;
    while ((n = merge_order_next(&m->order, &c, &layer)) > 0) {
        r = is_cancelled(m) ? -ECANCELED : merge_name(m, d->inode, c, (size_t)n);
        if (r < 0)
            return r;
        entries += (uint64_t)r;
    }
    if (n < 0)
        return n == -EUCLEAN ? damaged(m, layer) : n;
    *first += entries;
    return index_writer_set_names(m->out, d->inode, start, entries);
}

static int merge_root(struct merge *m)
{
    struct part meta;
    int r = merge_lookup_root(m->layers, m->n_layers, &m->parts, &meta);

    if (r == -EUCLEAN)
        return damaged(m, meta.layer);
    if (r < 0)
        return r;
    for (; m->parts.len > 0; m->parts.len -= sizeof(struct part)) {
        if (part_at(&m->parts, m->parts.len / sizeof(struct part) - 1)->layer >= m->first)
            break;
    }
    if (meta.layer < m->first)
        meta.layer = UINT32_MAX;
    return merge_dir(m, NULL, INDEX_ROOT, meta, 0, (uint32_t)(m->parts.len / sizeof(struct part)));
}

static int merge_all(struct merge *m)
{
    uint64_t first = 0;
    int r = 0;

    for (uint32_t l = 0; r == 0 && l < m->n_layers; l++) {
        r = index_writer_layer(m->out, m->layers[l].digest, m->layers[l].digest_len);
        m->numbers[l] = calloc(index_inodes(m->layers[l].index), sizeof(**m->numbers));
        if (!m->numbers[l])
            r = -ENOMEM;
    }
    if (r == 0)
        r = merge_root(m);
    for (; r == 0 && m->next < m->pending.len / sizeof(struct pending); m->next++) {
        struct pending d = ((struct pending *)(void *)m->pending.data)[m->next];

        r = merge_names(m, &d, &first);
    }
    return r;
}

int merge_layers_from(const struct merge_layer *layers, uint32_t n, uint32_t first, int tmp_dirfd, int fd,
                      const atomic_bool *cancel, struct err *err)
{
    struct merge m = {.layers = layers,
                      .n_layers = n,
                      .first = first,
                      .order = {.layers = layers},
                      .cancel = cancel,
                      .err = err};
    int r = -ENOMEM;

    if (err)
        err->text[0] = 0;
    m.out = index_writer_new(INDEX_TREE, tmp_dirfd);
    m.numbers = calloc(n ? n : 1, sizeof(*m.numbers));
    if (m.out && m.numbers && merge_links_init(&m.links, layers, n, err) == 0)
        r = merge_all(&m);
    if (r == 0)
        r = index_writer_finish(m.out, fd);
    for (uint32_t l = 0; m.numbers && l < n; l++)
        free(m.numbers[l]);
    free(m.numbers);
    merge_links_release(&m.links);
    buf_free(&m.pending);
    buf_free(&m.parts);
    merge_order_free(&m.order);
    index_writer_free(m.out);
    if (r < 0 && err && !err->text[0])
        return err_errno(err, -r, "cannot merge the tree");
    return r;
}

int merge_layers(const struct merge_layer *layers, uint32_t n, int tmp_dirfd, int fd,
                 const atomic_bool *cancel, struct err *err)
{
    return merge_layers_from(layers, n, 0, tmp_dirfd, fd, cancel, err);
}

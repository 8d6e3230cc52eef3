/* SPDX-License-Identifier: Apache-2.0 */
#include "views/layer_view.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexing/copy_inode.h"
#include "indexing/merge_links.h"
#include "os/buf.h"
#include "tree/whiteout.h"

enum { NAME_SIZE = 256 };

/* A directory whose names are not written yet. */
struct pending {
    uint32_t from, to; /* its inodes in the layer and in the view */
    bool opaque;
};

struct layer_view {
    const struct merge_layer *layers;
    const struct index *index; /* the layer's */
    uint32_t n, layer;
    const struct hidden_names *only;
    struct index_writer *out;
    struct merge_links links;
    uint32_t **
        numbers; /* numbers[layer][inode - 1]: its number in the view, 0 if not added yet; NULL: none added */
    struct buf queue; /* struct pending: the directories in the order of their numbers */
    uint64_t names;   /* written so far */
    struct err *err;
};

/* Two cursors on one run of names, each sorted: the entries, and the markers. */
struct cursors {
    struct pending dir;
    struct index_run run;
    uint64_t next_entry, next_marker;
    bool has_entry, has_marker;
    struct index_name entry;
    char marker[NAME_SIZE]; /* not NUL-terminated */
    size_t marker_len;
    bool opaque; /* the marker of an opaque directory is still to come */
};

static int damaged(const struct layer_view *v)
{
    return merge_damaged(v->err, v->layer);
}

/* ---- the cursors */

static int next_entry(const struct layer_view *v, struct cursors *c)
{
    int r;

    while ((r = index_entry(v->index, &c->run, c->next_entry, &c->entry)) > 0) {
        c->next_entry++;
        if (!(c->entry.flags & NAME_WHITEOUT) &&
            (!v->only || hidden_names_has(v->only, c->entry.table_index)))
            break;
    }
    c->has_entry = r > 0;
    return r < 0 ? damaged(v) : 0;
}

/* Does the layer remove the lower file of this name? */
static int removes(const struct layer_view *v, const struct cursors *c, const struct index_name *name)
{
    struct index_inode in;

    if (name->flags & NAME_WHITEOUT)
        return 1;
    if (name->type != DT_DIR)
        return 0;
    return index_child(v->index, c->dir.from, name, &in) < 0 ? damaged(v) : !!(in.flags & INODE_REPLACES);
}

static int set_marker(const struct layer_view *v, struct cursors *c, const char *name, size_t len)
{
    if (len > NAME_SIZE - 1 - WHITEOUT_PREFIX_LEN)
        return damaged(v);
    memcpy(c->marker, WHITEOUT_PREFIX, WHITEOUT_PREFIX_LEN);
    memcpy(c->marker + WHITEOUT_PREFIX_LEN, name, len);
    c->marker_len = WHITEOUT_PREFIX_LEN + len;
    c->has_marker = true;
    return 0;
}

/* All markers begin with the same prefix: their order is that of the rest of their names. */
static int next_marker(const struct layer_view *v, struct cursors *c)
{
    static const char opaque[] = ".wh..opq"; /* the rest of WHITEOUT_OPAQUE_NAME */
    struct index_name name = {.name = NULL};
    int r, is = 0;

    c->has_marker = false;
    if (v->only)
        return 0;
    while ((r = index_entry(v->index, &c->run, c->next_marker, &name)) > 0) {
        is = removes(v, c, &name);
        if (is)
            break;
        c->next_marker++;
    }
    if (r < 0 || is < 0)
        return damaged(v);
    if (c->opaque && (!is || index_compare_names(opaque, strlen(opaque), name.name, name.len) < 0)) {
        c->opaque = false;
        return set_marker(v, c, opaque, strlen(opaque));
    }
    if (!is)
        return 0;
    c->next_marker++;
    return set_marker(v, c, name.name, name.len);
}

/* ---- writing */

/* Adds a directory's inode; its names follow in their turn. */
static int add_dir(struct layer_view *v, uint32_t from, struct index_inode in, uint32_t parent, uint32_t *ret)
{
    struct pending todo = {.from = from, .opaque = in.flags & INODE_OPAQUE};
    bool described = !(in.flags & INODE_IMPLICIT) && (from == INDEX_ROOT || !(in.flags & INODE_PASSIVE));
    int r;

    if (!described)
        in = (struct index_inode){.mode = S_IFDIR | (from == INDEX_ROOT ? 0755 : 0700)};
    in.nlink = 2;
    in.size = 4096;
    in.blocks = 8;
    in.first = in.entries = 0;
    in.parent = parent;
    r = copy_inode(v->layers, v->layer, in, v->out, &todo.to, v->err);
    if (r == 0)
        r = buf_append(&v->queue, &todo, sizeof todo);
    *ret = todo.to;
    return r;
}

static uint32_t *number_of(struct layer_view *v, struct part p)
{
    if (!v->numbers[p.layer])
        v->numbers[p.layer] = calloc(index_inodes(v->layers[p.layer].index), sizeof **v->numbers);
    return v->numbers[p.layer] ? &v->numbers[p.layer][p.inode - 1] : NULL;
}

static int add_file(struct layer_view *v, struct index_inode in, const struct index_name *name,
                    uint32_t parent, uint32_t *ret, uint8_t *ret_type)
{
    struct part p = {v->layer, name->inode};
    uint32_t *number;
    int r = merge_links_follow(&v->links, &p, &in, name);

    if (r < 0)
        return r;
    number = number_of(v, p);
    if (!number)
        return -ENOMEM;
    if (*number == 0) {
        in.nlink = 0;
        in.parent = parent;
        r = copy_inode(v->layers, p.layer, in, v->out, number, v->err);
    }
    if (r == 0)
        r = index_writer_add_nlink(v->out, *number);
    *ret = *number;
    *ret_type = (uint8_t)IFTODT(in.mode);
    return r;
}

static int write_entry(struct layer_view *v, const struct cursors *c)
{
    struct index_name out = c->entry;
    struct index_inode in;
    int r;

    if (index_child(v->index, c->dir.from, &c->entry, &in) < 0)
        return damaged(v);
    if (S_ISDIR(in.mode) && !(in.flags & INODE_LOWER_LINK)) {
        out.type = DT_DIR;
        r = add_dir(v, c->entry.inode, in, c->dir.to, &out.inode);
        if (r == 0)
            r = index_writer_add_nlink(v->out, c->dir.to);
    } else {
        r = add_file(v, in, &c->entry, c->dir.to, &out.inode, &out.type);
    }
    out.flags = 0;
    return r < 0 ? r : index_writer_name(v->out, &out, NULL);
}

static int write_marker(struct layer_view *v, const struct cursors *c)
{
    const struct index_inode in = {
        .mode = S_IFREG | 0444, .nlink = 1, .layer = v->layer, .parent = c->dir.to};
    struct index_name out = {.name = c->marker, .len = c->marker_len, .type = DT_REG};
    int r = index_writer_inode(v->out, &in, &out.inode);

    return r < 0 ? r : index_writer_name(v->out, &out, NULL);
}

/* Writes the next of both cursors. */
static int write_next(struct layer_view *v, struct cursors *c)
{
    int order = !c->has_entry    ? 1
                : !c->has_marker ? -1
                                 : index_compare_names(c->entry.name, c->entry.len, c->marker, c->marker_len);
    int r;

    if (order == 0) /* an entry with the name of a marker */
        return damaged(v);
    r = order < 0 ? write_entry(v, c) : write_marker(v, c);
    if (r == 0)
        r = order < 0 ? next_entry(v, c) : next_marker(v, c);
    v->names += r == 0;
    return r;
}

static int write_names(struct layer_view *v, struct pending dir)
{
    struct cursors c = {.dir = dir, .opaque = dir.opaque};
    uint64_t first = v->names;
    int r = index_run(v->index, dir.from, &c.run);

    if (r < 0)
        return damaged(v);
    r = next_entry(v, &c);
    if (r == 0)
        r = next_marker(v, &c);
    while (r == 0 && (c.has_entry || c.has_marker))
        r = write_next(v, &c);
    return r < 0 ? r : index_writer_set_names(v->out, dir.to, first, v->names - first);
}

static int write_all(struct layer_view *v)
{
    struct index_inode root;
    uint32_t number;
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < v->n; i++)
        r = index_writer_layer(v->out, v->layers[i].digest, v->layers[i].digest_len);
    if (r < 0)
        return r;
    if (index_inode(v->index, INDEX_ROOT, &root) < 0 || !S_ISDIR(root.mode) || root.flags & INODE_LOWER_LINK)
        return damaged(v);
    r = add_dir(v, INDEX_ROOT, root, INDEX_ROOT, &number);
    for (size_t i = 0; r == 0 && i < v->queue.len / sizeof(struct pending); i++)
        r = write_names(v, ((struct pending *)(void *)v->queue.data)[i]);
    return r;
}

int layer_view_write(const struct merge_layer *layers, uint32_t n, uint32_t layer,
                     const struct hidden_names *only, int tmp_dirfd, int fd, struct err *err)
{
    struct layer_view v = {
        .layers = layers, .index = layers[layer].index, .n = n, .layer = layer, .only = only, .err = err};
    int r = -ENOMEM;

    err->text[0] = 0;
    v.out = index_writer_new(INDEX_TREE, tmp_dirfd);
    v.numbers = calloc(n, sizeof *v.numbers);
    if (v.out && v.numbers && merge_links_init(&v.links, layers, n, err) == 0)
        r = write_all(&v);
    if (r == 0)
        r = index_writer_finish(v.out, fd);
    for (uint32_t i = 0; v.numbers && i < n; i++)
        free(v.numbers[i]);
    free(v.numbers);
    merge_links_release(&v.links);
    buf_free(&v.queue);
    index_writer_free(v.out);
    return r < 0 && !err->text[0] ? err_errno(err, -r, "the view of layer %u", layer + 1) : r;
}

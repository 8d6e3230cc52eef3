/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/layer_emit.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "indexing/layer_links.h"
#include "indexing/layer_path.h"

/* A name with its text, for sorting: small, because a directory may have a million. */
struct child {
    uint32_t name, text;
    uint8_t len;
};

struct emit {
    struct layer_nodes *n;
    /* The numbers of inodes in the index, 0 until written. Kept apart from the inodes because names come
     * in any order, and changing mapped pages at random costs more than all other work. */
    uint32_t *numbers;
    struct buf queue;    /* uint32_t: names of directories whose entries are not written yet */
    struct buf children; /* struct child, of the current directory */
    uint64_t names;      /* written so far */
    uint64_t sorted;     /* names sorted since the last release of pages */
    struct err *err;
};

#define GIVE_BACK_EVERY 65536 /* names */

static bool is_aufs(struct layer_nodes *n, const struct layer_name *name)
{
    size_t len = strlen(LAYER_AUFS_PREFIX);

    return name->len >= len && memcmp(index_writer_text_at(n->out, name->text), LAYER_AUFS_PREFIX, len) == 0;
}

/* Resolves links that were read before their targets, if only this layer can have the targets. All other
 * links are resolved when the lower layers are known: their files come first, because a later entry of the
 * archive replaced them after the link was made. */
static int settle_links(struct layer_nodes *n, struct err *err)
{
    for (size_t i = 0; i < n->links.len / sizeof(uint32_t); i++) {
        uint32_t link = ((uint32_t *)(void *)n->links.data)[i], found, target;
        struct index_inode *data = &layer_inode_at(n, link)->data;
        char path[LAYER_PATH_MAX + 1], resolved[LAYER_PATH_MAX + 1];
        int r;

        memcpy(path, index_writer_text_at(n->out, data->target), data->size);
        path[data->size] = 0;
        r = layer_links_follow(n, path, "target of a hard link", resolved, &found, err);
        if (r == -E2BIG)
            return r;
        if (r < 0)
            found = 0;
        target = found ? layer_nodes_resolve(n, layer_name_at(n, found)->inode) : 0;
        if (target && target != link && !layer_inode_is_dir(layer_inode_at(n, target)))
            layer_inode_at(n, link)->forward = target;
    }
    return 0;
}

/* Marks directories that exist, rather than only hold removals of lower layers, and AUFS's own names. Goes
 * from children to parents, whose numbers are smaller. */
static void mark_names(struct layer_nodes *n)
{
    for (uint32_t id = layer_names_end(n) - 1; id > LAYER_ROOT_NAME; id--) {
        struct layer_name *name = layer_name_at(n, id);
        const struct layer_inode *in = name->inode ? layer_inode_at(n, name->inode) : NULL;

        if (name->flags & LNAME_DROPPED)
            continue;
        if (is_aufs(n, name))
            name->flags |= LNAME_AUFS;
        if (!in || name->flags & LNAME_AUFS)
            continue;
        if (!layer_inode_is_dir(in) || !(in->data.flags & INODE_IMPLICIT))
            name->flags |= LNAME_LIVE;
        if (name->flags & LNAME_LIVE)
            layer_name_at(n, name->parent)->flags |= LNAME_LIVE;
    }
}

static uint32_t dir_flags(const struct layer_name *name, const struct layer_inode *in)
{
    uint32_t flags = in->data.flags & INODE_IMPLICIT;

    if (name->flags & LNAME_OPAQUE)
        flags |= INODE_OPAQUE;
    if (name->flags & LNAME_WHITEOUT)
        flags |= INODE_REPLACES;
    if (!(name->flags & LNAME_LIVE))
        flags |= INODE_PASSIVE;
    return flags;
}

static int emit_dir_inode(struct emit *e, uint32_t id, uint32_t parent, uint32_t *ret)
{
    struct layer_name name = layer_name_get(e->n, id);
    struct layer_inode in = layer_inode_get(e->n, name.inode);
    int r;

    in.data.flags = dir_flags(&name, &in);
    in.data.nlink = 2;
    in.data.parent = parent;
    r = index_writer_inode(e->n->out, &in.data, ret);
    e->numbers[name.inode] = *ret;
    return r < 0 ? r : buf_append(&e->queue, &id, sizeof(id));
}

/* `inode` is the name's inode after following forwards. */
static int emit_file_inode(struct emit *e, uint32_t inode, const struct layer_inode *in, uint32_t *ret)
{
    uint32_t *number = &e->numbers[inode];
    int r = *number ? 0 : index_writer_inode(e->n->out, &in->data, number);

    *ret = *number;
    return r < 0 ? r : index_writer_add_nlink(e->n->out, *number);
}

static int has_no_target(struct emit *e, const struct child *c, const struct layer_inode *in)
{
    const char *target = index_writer_text_at(e->n->out, in->data.target);

    return err_set(e->err, ENOENT,
                   "\"%.*s\" is a hard link to \"%.*s\", which an earlier entry of the layer removes", c->len,
                   index_writer_text_at(e->n->out, c->text), in->data.size < 500 ? (int)in->data.size : 500,
                   target);
}

static int emit_name(struct emit *e, const struct child *c, uint32_t dir)
{
    struct layer_name name = layer_name_get(e->n, c->name);
    struct layer_inode in = layer_inode_get(e->n, name.inode);
    struct index_name out = {.len = c->len};
    int r = 0;

    if (in.forward) {
        name.inode = layer_nodes_resolve(e->n, name.inode);
        in = layer_inode_get(e->n, name.inode);
    }
    if (in.own)
        return has_no_target(e, c, &in);
    if (!name.inode ||
        (name.flags & LNAME_WHITEOUT && layer_inode_is_dir(&in) && !(name.flags & LNAME_LIVE))) {
        out.flags = NAME_WHITEOUT;
        out.type = DT_WHT;
    } else if (layer_inode_is_dir(&in)) {
        out.type = DT_DIR;
        r = emit_dir_inode(e, c->name, dir, &out.inode);
        if (r == 0)
            r = index_writer_add_nlink(e->n->out, dir);
    } else {
        out.type = in.data.flags & INODE_LOWER_LINK ? DT_UNKNOWN : (uint8_t)IFTODT(in.data.mode);
        r = emit_file_inode(e, name.inode, &in, &out.inode);
    }
    return r < 0 ? r : index_writer_name_at(e->n->out, c->text, &out);
}

static int compare_children(const void *pa, const void *pb, void *texts)
{
    const struct child *a = pa, *b = pb;

    return index_compare_names((const char *)texts + a->text, a->len, (const char *)texts + b->text, b->len);
}

/* Collects the names of a directory that are to be written. */
static int collect_children(struct emit *e, uint32_t dir)
{
    struct layer_name name;

    e->children.len = 0;
    for (uint32_t id = layer_name_get(e->n, dir).first_child; id; id = name.next) {
        struct child c = {.name = id};
        int r;

        name = layer_name_get(e->n, id);
        if ((!name.inode && !(name.flags & LNAME_WHITEOUT)) || name.flags & LNAME_AUFS)
            continue;
        c.text = name.text;
        c.len = (uint8_t)name.len;
        r = buf_append(&e->children, &c, sizeof(c));
        if (r < 0)
            return r;
    }
    return 0;
}

/* Sorts by text; may make all texts of the directory resident. */
static void sort_children(struct emit *e, struct child *c, size_t n)
{
    const char *texts = index_writer_text_at(e->n->out, 0);

    if (n > 1)
        qsort_r(c, n, sizeof(*c), compare_children, (void *)(uintptr_t)texts);
    e->sorted += n;
    if (e->sorted < GIVE_BACK_EVERY)
        return;
    index_writer_give_back_texts(e->n->out);
    e->sorted = 0;
}

static int emit_names(struct emit *e, uint32_t dir)
{
    uint32_t number = e->numbers[layer_name_get(e->n, dir).inode];
    struct child *c;
    size_t n;
    int r = collect_children(e, dir);

    if (r < 0)
        return r;
    c = (struct child *)(void *)e->children.data;
    n = e->children.len / sizeof(*c);
    sort_children(e, c, n);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = emit_name(e, &c[i], number);
    if (r == 0)
        r = index_writer_set_names(e->n->out, number, e->names, n);
    e->names += n;
    return r;
}

static int emit_all(struct emit *e, int fd)
{
    uint32_t root;
    int r = emit_dir_inode(e, LAYER_ROOT_NAME, INDEX_ROOT, &root);

    for (size_t i = 0; r == 0 && i < e->queue.len / sizeof(uint32_t); i++)
        r = emit_names(e, ((uint32_t *)(void *)e->queue.data)[i]);
    return r < 0 ? r : index_writer_finish(e->n->out, fd);
}

int layer_emit(struct layer_nodes *n, int fd, struct err *err)
{
    struct emit e = {.n = n, .err = err};
    int r = settle_links(n, err);

    if (r < 0)
        return r;
    if (err)
        err->text[0] = 0;
    layer_nodes_seal(n); /* from here on, only numbers are used */
    mark_names(n);
    e.numbers = calloc(layer_inodes_end(n), sizeof(*e.numbers));
    r = e.numbers ? emit_all(&e, fd) : -ENOMEM;
    free(e.numbers);
    buf_free(&e.queue);
    buf_free(&e.children);
    if (r < 0 && err && !err->text[0])
        return err_errno(err, -r, "the layer's index cannot be written");
    return r;
}

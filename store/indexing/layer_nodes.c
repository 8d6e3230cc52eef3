/* SPDX-License-Identifier: Apache-2.0 */
#include "indexing/layer_nodes.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

/* Allows a million paths through links with more than a hundred bytes each; walking them all takes
 * seconds. */
#define LINK_STEPS_MAX (UINT64_C(1) << 27)

static uint64_t hash_key(const struct layer_nodes *n, uint32_t parent, uint32_t text)
{
    uint64_t key = (uint64_t)parent << 32 | text;

    return XXH3_64bits_withSeed(&key, sizeof(key), n->seed);
}

/* Returns 0 if there is no such name. A dropped name is found as well. */
static uint32_t find(struct layer_nodes *n, uint32_t parent, uint64_t text, uint64_t hash)
{
    struct hash_probe p = hash_slots_probe(&n->slots, hash);
    uint32_t id;

    while ((id = hash_probe_next(&p)) > 0) {
        const struct layer_name *name = layer_name_at(n, id);

        if (name->parent == parent && name->text == text)
            break;
    }
    return id;
}

int layer_nodes_init(struct layer_nodes *n, uint64_t max_inodes, int tmp_dirfd)
{
    static const struct index_inode root = {.mode = S_IFDIR | 0755, .flags = INODE_IMPLICIT};
    static const struct layer_inode no_inode;
    static const struct layer_name names[2] = {{.flags = LNAME_DROPPED}, {.parent = 0, .inode = 1}};
    uint32_t inode;

    *n = (struct layer_nodes){
        .max_inodes = max_inodes < UINT32_MAX / 2 ? max_inodes : UINT32_MAX / 2,
        .link_steps = LINK_STEPS_MAX,
        .names = FILE_BUF_INIT(tmp_dirfd),
        .inodes = FILE_BUF_INIT(tmp_dirfd),
    };
    n->out = index_writer_new(INDEX_LAYER, tmp_dirfd);
    if (!n->out || file_buf_append(&n->inodes, &no_inode, sizeof(no_inode)) < 0 ||
        file_buf_append(&n->names, names, sizeof(names)) < 0 ||
        getrandom(&n->seed, sizeof(n->seed), 0) != sizeof(n->seed))
        return -ENOMEM;
    return layer_nodes_inode(n, &root, &inode);
}

void layer_nodes_release(struct layer_nodes *n)
{
    index_writer_free(n->out);
    file_buf_free(&n->names);
    file_buf_free(&n->inodes);
    buf_free(&n->links);
    hash_slots_free(&n->slots);
}

void layer_nodes_seal(struct layer_nodes *n)
{
    hash_slots_free(&n->slots);
    index_writer_seal_texts(n->out);
}

static int add_name(struct layer_nodes *n, const struct layer_name *name, uint64_t hash, uint32_t *ret)
{
    uint32_t id = layer_names_end(n);
    int r;

    if (id > n->max_inodes)
        return -E2BIG;
    r = file_buf_append(&n->names, name, sizeof(*name));
    if (r == 0)
        r = hash_slots_add(&n->slots, hash, id);
    if (r < 0)
        return r;
    layer_name_at(n, name->parent)->first_child = id;
    *ret = id;
    return 0;
}

/* Gives a dropped name back to its directory. A new name instead would be one more with the same hash each time. */
static void restore(struct layer_nodes *n, uint32_t id)
{
    struct layer_name *name = layer_name_at(n, id);
    struct layer_name *parent = layer_name_at(n, name->parent);

    name->flags = 0;
    name->next = parent->first_child;
    parent->first_child = id;
}

int layer_nodes_name(struct layer_nodes *n, uint32_t parent, const char *text, size_t len, uint32_t *ret)
{
    struct layer_name name = {.parent = parent, .len = (uint32_t)len};
    uint64_t at, hash;
    int r = index_writer_text(n->out, text, len, &at);

    if (r < 0)
        return r;
    hash = hash_key(n, parent, (uint32_t)at);
    *ret = find(n, parent, at, hash);
    if (*ret) {
        if (layer_name_at(n, *ret)->flags & LNAME_DROPPED)
            restore(n, *ret);
        return 0;
    }
    name.text = (uint32_t)at;
    name.next = layer_name_at(n, parent)->first_child;
    return add_name(n, &name, hash, ret);
}

uint32_t layer_nodes_child(struct layer_nodes *n, uint32_t parent, const char *text, size_t len)
{
    uint64_t at;
    uint32_t id;

    if (index_writer_find_text(n->out, text, len, &at) < 0)
        return 0;
    id = find(n, parent, at, hash_key(n, parent, (uint32_t)at));
    return id && layer_name_at(n, id)->flags & LNAME_DROPPED ? 0 : id;
}

int layer_nodes_inode(struct layer_nodes *n, const struct index_inode *data, uint32_t *ret)
{
    struct layer_inode in = {.data = *data};
    uint32_t id = layer_inodes_end(n);
    int r;

    if (id > n->max_inodes)
        return -E2BIG;
    r = file_buf_append(&n->inodes, &in, sizeof(in));
    if (r < 0)
        return r;
    *ret = id;
    return 0;
}

int layer_nodes_make_dir(struct layer_nodes *n, uint32_t name)
{
    static const struct index_inode dir = {.mode = S_IFDIR | 0755, .flags = INODE_IMPLICIT};
    uint32_t inode = layer_name_at(n, name)->inode;
    int r;

    if (inode && layer_inode_is_dir(layer_inode_at(n, inode)))
        return 0;
    r = layer_nodes_inode(n, &dir, &inode);
    if (r == 0)
        layer_nodes_assign(n, name, inode);
    return r;
}

/* Drops all names beneath `top`. Each is unlinked from its directory's list once, so that repeated
 * replacing costs no more than adding. Goes down by first_child and up by parent. */
static void drop_children(struct layer_nodes *n, uint32_t top)
{
    uint32_t at = top;

    for (;;) {
        struct layer_name *name = layer_name_at(n, at);
        uint32_t child = name->first_child;

        if (child) {
            name->first_child = layer_name_at(n, child)->next;
            at = child;
            continue;
        }
        if (at == top)
            return;
        at = name->parent;
        name->inode = 0;
        name->flags = LNAME_DROPPED;
    }
}

void layer_nodes_assign(struct layer_nodes *n, uint32_t name, uint32_t inode)
{
    uint32_t old = layer_name_at(n, name)->inode;

    if (old && !layer_inode_is_dir(layer_inode_at(n, old)) && layer_inode_is_dir(layer_inode_at(n, inode)))
        layer_name_at(n, name)->flags |= LNAME_WHITEOUT;
    drop_children(n, name);
    layer_name_at(n, name)->inode = inode;
}

uint32_t layer_nodes_resolve(struct layer_nodes *n, uint32_t inode)
{
    uint32_t next, after;

    while (inode && (next = layer_inode_at(n, inode)->forward)) {
        /* Path halving: keeps a long chain of links cheap. */
        after = layer_inode_at(n, next)->forward;
        if (after)
            layer_inode_at(n, inode)->forward = after;
        inode = next;
    }
    return inode;
}

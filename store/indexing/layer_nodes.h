/* SPDX-License-Identifier: Apache-2.0 */
/* The names and inodes of a layer while it is being built. Private to layer_builder.c and layer_emit.c. Names
 * form a tree by their parent numbers (a parent's number is always smaller); inodes are apart from them, so
 * that hard links share one. */
#ifndef MICA_INDEXING_LAYER_NODES_H
#define MICA_INDEXING_LAYER_NODES_H

#include <stdbool.h>
#include <sys/stat.h>

#include "indexing/hash_slots.h"
#include "indexing/index_writer.h"
#include "indexing/layer_builder.h"
#include "os/buf.h"
#include "os/file_buf.h"

#define LAYER_ROOT_NAME 1u
#define LAYER_NO_PARENT UINT32_MAX

enum {
    LNAME_WHITEOUT = 1u << 0, /* what lower layers have under this name is hidden */
    LNAME_OPAQUE = 1u << 1,   /* a directory: the names that lower layers have in it are hidden */
    LNAME_LIVE = 1u << 2,     /* set while finishing: there is something under it, not just removals */
    LNAME_AUFS = 1u << 3,     /* set while finishing: bookkeeping that is not written */
};

struct layer_name {
    uint32_t parent; /* LAYER_NO_PARENT: the name was dropped with a directory that something else replaced */
    uint32_t text, len;
    uint32_t inode;             /* 0: nothing, or only a whiteout */
    uint32_t first_child, next; /* 0 ends a list */
    uint32_t flags;
};

struct layer_inode {
    struct index_inode data; /* xattrs and target are offsets in the writer already */
    uint32_t forward;        /* a link whose target the layer has: the inode that it means; 0 for none */
    bool own; /* a link whose target no lower layer can have: the layer has removed that before */
};

struct layer_nodes {
    struct index_writer *out;
    uint64_t max_inodes;     /* bounds names and inodes alike */
    struct file_buf names;   /* struct layer_name, number 0 unused */
    struct file_buf inodes;  /* struct layer_inode, number 0 unused */
    struct buf links;        /* uint32_t: inodes with INODE_LOWER_LINK that are the layer's own links */
    struct hash_slots slots; /* of (parent, text): names */
    uint64_t link_steps;     /* bytes of symbolic links' targets that may still be walked (layer_links.h) */
    uint64_t seed; /* of the hash: an image that could foresee it could make all its names meet in one slot */
};

int layer_nodes_init(struct layer_nodes *n, uint64_t max_inodes, int tmp_dirfd);
void layer_nodes_release(struct layer_nodes *n);

static inline struct layer_name *layer_name_at(struct layer_nodes *n, uint32_t id)
{
    return file_buf_at(&n->names, id * sizeof(struct layer_name));
}

static inline struct layer_inode *layer_inode_at(struct layer_nodes *n, uint32_t id)
{
    return file_buf_at(&n->inodes, id * sizeof(struct layer_inode));
}

/* Copies, for whoever goes through all of them in another order than they came in. */
static inline struct layer_name layer_name_get(struct layer_nodes *n, uint32_t id)
{
    struct layer_name ret;

    file_buf_copy(&n->names, id * sizeof(ret), &ret, sizeof(ret));
    return ret;
}

static inline struct layer_inode layer_inode_get(struct layer_nodes *n, uint32_t id)
{
    struct layer_inode ret;

    file_buf_copy(&n->inodes, id * sizeof(ret), &ret, sizeof(ret));
    return ret;
}

static inline uint32_t layer_names_end(const struct layer_nodes *n)
{
    return (uint32_t)(n->names.len / sizeof(struct layer_name));
}

static inline uint32_t layer_inodes_end(const struct layer_nodes *n)
{
    return (uint32_t)(n->inodes.len / sizeof(struct layer_inode));
}

/* Finds a name in a directory or makes it. -E2BIG over the limit. */
int layer_nodes_name(struct layer_nodes *n, uint32_t parent, const char *text, size_t len, uint32_t *ret);
/* Finds a name in a directory without making it; 0 when this layer has no such name. */
uint32_t layer_nodes_child(struct layer_nodes *n, uint32_t parent, const char *text, size_t len);
/* Frees what finds names: none is looked for or made any more. */
void layer_nodes_seal(struct layer_nodes *n);
/* A fresh inode. */
int layer_nodes_inode(struct layer_nodes *n, const struct index_inode *data, uint32_t *ret);
/* Makes the name an (implicit) directory unless it is a directory. */
int layer_nodes_make_dir(struct layer_nodes *n, uint32_t name);
/* Gives the name another inode; what was beneath it is dropped. A directory that takes a file's place merges
 * with nothing of lower layers: the file had replaced that. */
void layer_nodes_assign(struct layer_nodes *n, uint32_t name, uint32_t inode);
/* The inode that a name means in the end, forwards followed (and made shorter); 0 for none. */
uint32_t layer_nodes_resolve(struct layer_nodes *n, uint32_t inode);

static inline bool layer_inode_is_dir(const struct layer_inode *in)
{
    return S_ISDIR(in->data.mode) && !(in->data.flags & INODE_LOWER_LINK);
}

#endif

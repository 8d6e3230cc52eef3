/* SPDX-License-Identifier: Apache-2.0 */
/* The names and inodes of a layer that is being built. Private to layer_builder.c and layer_emit.c. Names
 * form a tree by their parent numbers (a parent's number is always smaller); inodes are separate, so that
 * hard links share one. */
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

enum {
    LNAME_WHITEOUT = 1u << 0, /* hides the name in lower layers */
    LNAME_OPAQUE = 1u << 1,   /* a directory: hides the names of lower layers in it */
    LNAME_LIVE = 1u << 2,     /* set while finishing: it has more beneath it than removals */
    LNAME_DROPPED = 1u << 3,  /* removed with a replaced directory, which does not list it */
    LNAME_AUFS = 1u << 4,     /* set while finishing: AUFS's own file, not written */
};

struct layer_name {
    uint32_t parent; /* stays when the name is dropped */
    uint32_t text, len;
    uint32_t inode;             /* 0: none, or only a whiteout */
    uint32_t first_child, next; /* 0 ends a list */
    uint32_t flags;
};

struct layer_inode {
    struct index_inode data; /* xattrs and target are offsets in the writer */
    uint32_t forward;        /* a link whose target is in the layer: the target's inode; 0 for none */
    bool own;                /* a link whose target cannot be in lower layers: the layer removed it earlier */
};

struct layer_nodes {
    struct index_writer *out;
    uint64_t max_inodes;     /* limit of names and of inodes */
    struct file_buf names;   /* struct layer_name, number 0 unused */
    struct file_buf inodes;  /* struct layer_inode, number 0 unused */
    struct buf links;        /* uint32_t: inodes with INODE_LOWER_LINK that are the layer's own links */
    struct hash_slots slots; /* of (parent, text): names */
    uint64_t link_steps;     /* bytes of symbolic links' targets left to walk (layer_links.h) */
    uint64_t seed; /* of the hash: with a known seed, an image could put all its names in one slot */
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

/* Return copies, for passes over all names or inodes in another order than they were added. */
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

/* Finds a name in a directory or adds it. -E2BIG over the limit. */
int layer_nodes_name(struct layer_nodes *n, uint32_t parent, const char *text, size_t len, uint32_t *ret);
/* Finds a name in a directory; 0 if this layer has no such name. */
uint32_t layer_nodes_child(struct layer_nodes *n, uint32_t parent, const char *text, size_t len);
/* Frees the table that finds names; afterwards none can be found or added. */
void layer_nodes_seal(struct layer_nodes *n);
/* Adds an inode. -E2BIG over the limit. */
int layer_nodes_inode(struct layer_nodes *n, const struct index_inode *data, uint32_t *ret);
/* Makes the name an (implicit) directory unless it is one. */
int layer_nodes_make_dir(struct layer_nodes *n, uint32_t name);
/* Gives the name another inode and drops the names beneath it. A directory that replaces a file does not
 * merge with lower layers, which the file hid. */
void layer_nodes_assign(struct layer_nodes *n, uint32_t name, uint32_t inode);
/* Returns the inode after following forwards (and shortens the chain); 0 for none. */
uint32_t layer_nodes_resolve(struct layer_nodes *n, uint32_t inode);

static inline bool layer_inode_is_dir(const struct layer_inode *in)
{
    return S_ISDIR(in->data.mode) && !(in->data.flags & INODE_LOWER_LINK);
}

#endif

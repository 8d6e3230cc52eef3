/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes with state: files of the branch, and orphans that may still be in use. A node of the tree without
 * changes in the branch has no state here.
 *
 * A node lives while the kernel references it, while a call uses it, or while a node below it lives; after
 * nodes_keep, also while it has a name in the upper. Guarded by the union's lock.
 */
#ifndef MICA_UNION_NODES_H
#define MICA_UNION_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "union/names.h"

/* Numbers of nodes born in the branch: made of file handles (handles.h), or counted. */
#define NODE_BORN    (1ull << 62)
#define NODE_COUNTED (NODE_BORN | 1ull << 61)

struct node {
    uint64_t id;
    uint64_t tree;      /* node of the tree beneath it or merged with it, a reference; 0: none */
    uint64_t ino;       /* st_ino */
    uint64_t upper_ino; /* inode number in the upper; 0: not there */
    uint32_t type;      /* S_IFMT */
    bool metacopy;      /* metadata in the upper, content in the tree */
    uint64_t blocks;    /* metacopy: blocks of the content, as tree_attr.blocks */
    bool large;         /* the tree's file is a large one (core_is_large) */
    bool linked;        /* has several names in the tree; set by the first lookup */
    bool impure;        /* directories: entries may show other inode numbers than their files' */
    enum { ACL_UNKNOWN, ACL_NONE, ACL_SET } default_acl; /* directories: default access list */
    unsigned protection; /* in the upper: immutable and append-only flags, once read (protect.c) */
    bool dead;           /* no name is left: an orphan */
    bool parked;         /* orphan with a name in the work directory until it is forgotten (keep.h) */
    bool copying;        /* a thread is copying it up without the lock */
    struct node *parent; /* directory of its name; pinned. NULL: the root, or no name in the upper */
    char *name;          /* in the upper */
    int held_fd;         /* orphan: descriptor in place of a name; else -1 */
    struct names *names; /* directories of the upper, once loaded */
    bool grouped;        /* one of the links (links.h): pinned until its last name goes */
    uint32_t tree_names; /* grouped: number of its names that only the tree has */
    bool counts_all;     /* grouped: the count on disk is of all names (links.c) */
    uint64_t lookups;    /* the kernel's references */
    unsigned pins;       /* by calls in progress, and nodes below */
    struct node *next_id, *next_upper, *next_link; /* chains of the tables */
};

struct nodes;

struct nodes *nodes_new(void);    /* NULL without memory */
void nodes_free(struct nodes *t); /* frees all nodes as well; NULL-safe */

/* Keep all nodes of the upper from now on, except those whose names are unknown. */
void nodes_keep(struct nodes *t);
/* Was nodes_keep called, and has no node of the upper been forgotten since? */
bool nodes_keeps_all(const struct nodes *t);

struct node *node_by_id(const struct nodes *t, uint64_t id);
struct node *node_by_upper(const struct nodes *t, uint64_t upper_ino);

/* Create a node with one pin; `id` 0 gives it a counted number. NULL without memory. */
struct node *node_new(struct nodes *t, uint64_t id, uint32_t type);
/* Change the number of a node that is not in use yet, to a free one. */
void node_set_id(struct nodes *t, struct node *n, uint64_t id);
/* Set the inode number in the upper, by which the node is found from now on. */
void node_set_upper(struct nodes *t, struct node *n, uint64_t upper_ino);
/* Set or replace the name; `parent` NULL removes it. -ENOMEM, without effect. */
int node_set_name(struct node *n, struct node *parent, const char *name);
/* As node_set_name, without failure: `name` is allocated memory, which is taken over. */
void node_take_name(struct node *n, struct node *parent, char *name);

void node_pin(struct node *n);
/* Drop a pin, and `lookups` references of the kernel. Nodes without references are removed from the tables
 * and returned as a chain through next_id, for the caller to free (node_free). */
struct node *node_unpin(struct nodes *t, struct node *n, uint64_t lookups);
void node_free(struct node *n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes that have state: what the branch has, and what it has removed while somebody may still use it. A
 * node of the tree that the branch has not touched is not here.
 *
 * A node lives while the kernel holds it, while a call works on it, or while a node below it lives; once
 * nodes_keep was called, one that has a name in the upper lives as long as the name. Guarded by the union's
 * lock.
 */
#ifndef MICA_UNION_NODES_H
#define MICA_UNION_NODES_H

#include <stdbool.h>
#include <stdint.h>

#include "union/names.h"

/* Numbers of nodes that were born in the branch: made of the files' handles (handles.h), or else counted. */
#define NODE_BORN    (1ull << 62)
#define NODE_COUNTED (NODE_BORN | 1ull << 61)

struct node {
    uint64_t id;
    uint64_t tree;      /* the node of the tree that it stands on or merges with; 0: none. A reference */
    uint64_t ino;       /* st_ino */
    uint64_t upper_ino; /* in the upper; 0: not there */
    uint32_t type;      /* S_IFMT */
    bool metacopy;      /* in the upper, but for the content, which is the tree's */
    uint64_t blocks;    /* metacopy: of the content, as tree_attr.blocks */
    bool large;         /* the tree's file is a large one (core_is_large) */
    bool linked;        /* the tree has several names for it; not known before it was looked up by one */
    bool impure;        /* directories: files in it may have an inode number kept with them */
    enum { ACL_UNKNOWN, ACL_NONE, ACL_SET } default_acl; /* directories: is there a default access list? */
    unsigned protection; /* in the upper: is it immutable or append-only, once that is known (protect.c) */
    bool dead;           /* has no name any more */
    bool parked;         /* its name is one in the work directory, until it is forgotten (keep.h) */
    bool copying;        /* some thread copies it up, without the lock */
    struct node *parent; /* where its name is; pinned. NULL: the root, or no name in the upper */
    char *name;          /* in the upper */
    int held_fd;         /* without a name in the upper: the file itself; else -1 */
    struct names *names; /* directories of the upper, once looked at */
    bool grouped;        /* one of the links (links.h): pinned until its last name goes */
    uint32_t tree_names; /* grouped: how many of its names only the tree has */
    bool counts_all;     /* grouped: what is kept of that on disk is the number of all names (links.c) */
    uint64_t lookups;    /* references of the kernel */
    unsigned pins;       /* calls at work, and nodes below */
    struct node *next_id, *next_upper, *next_link; /* chains of the tables */
};

struct nodes;

struct nodes *nodes_new(void);    /* NULL without memory */
void nodes_free(struct nodes *t); /* with all nodes; NULL-safe */

/* From now on no node of the upper is forgotten but those whose name is not known. */
void nodes_keep(struct nodes *t);
/* Has that been called, and has none of those been forgotten since? */
bool nodes_keeps_all(const struct nodes *t);

struct node *node_by_id(const struct nodes *t, uint64_t id);
struct node *node_by_upper(const struct nodes *t, uint64_t upper_ino);

/* A new node with one pin; `id` 0 gives it a number of its own. NULL without memory. */
struct node *node_new(struct nodes *t, uint64_t id, uint32_t type);
/* Gives it another number, that no node has, before anybody knows the first. */
void node_set_id(struct nodes *t, struct node *n, uint64_t id);
/* Says where it is in the upper: found by `upper_ino` from now on. */
void node_set_upper(struct nodes *t, struct node *n, uint64_t upper_ino);
/* Gives it a (new) name; `parent` NULL takes the name away. -ENOMEM, and nothing has changed. */
int node_set_name(struct node *n, struct node *parent, const char *name);
/* The same without failing: `name` is fresh memory that is taken over. */
void node_take_name(struct node *n, struct node *parent, char *name);

void node_pin(struct node *n);
/* Takes a pin, and `lookups` references of the kernel, away. Nodes that nothing holds any more are taken out
 * of the tables and come back as a chain through next_id, to be freed by the caller (node_free). */
struct node *node_unpin(struct nodes *t, struct node *n, uint64_t lookups);
void node_free(struct node *n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes of a stack tree: files with a number, for as long as lookups reference them.
 *
 * A file is identified by its (st_dev, st_ino), so that all names of a hard link group are one node; a
 * directory also by its parent and name: one lower directory can show in two places (redirects), each with
 * its own "..". Node numbers are never reused in the life of a tree.
 *
 * A node lives while lookups hold it, while a call uses it, or while a node below it lives; then its memory
 * is freed, and the tables shrink. So every node has a path.
 */
#ifndef MICA_STACK_STACK_NODE_H
#define MICA_STACK_STACK_NODE_H

#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>

#include "stack/stack_fresh.h"
#include "stack/stack_place.h"
#include "stack/stack_share.h"

/* Location of a file: a name in a directory of one layer. Constant; reference-counted. */
struct spot {
    atomic_uint refs;
    struct place *in;
    struct spot *content; /* metacopies: location of the content; else NULL */
    bool no_content;      /* a metacopy without content in any layer */
    char name[];
};

struct spot *spot_new(struct place *in, const char *name, size_t len); /* takes a new reference on `in` */
void spot_unref(struct stack_layers *l, struct spot *s);

/* A merged directory. Constant except the listing; reference-counted. */
struct stack_dir {
    atomic_uint refs;
    struct listing_slot listing;
    unsigned n;
    struct place *places[]; /* the merged directories, topmost first; references */
};

struct stack_node {
    /* Constant. */
    uint64_t id;
    dev_t dev;
    ino_t ino;
    uint32_t type; /* S_IFMT */
    /* The rest is guarded by the table's lock. */
    struct stack_dir *dir; /* directories: as of the latest lookup; the root's is constant */
    struct spot *spot;     /* NULL for the root */
    /* parent directory of the latest lookup, pinned; NULL for the root. A directory's is constant. */
    struct stack_node *parent;
    uint64_t lookups;
    uint32_t pins;
    struct listing_share *share;            /* directories: NULL until one is opened */
    bool has_content;                       /* its content may be in the descriptor cache */
    struct stack_node *next_id, *next_file; /* chains of the tables */
};

struct stack_nodes;

/* `root`: the merged root, as `dir` of stack_node_enter. */
struct stack_nodes *stack_nodes_new(struct stack_layers *l, const struct stat *st, struct stack_dir *root);
void stack_nodes_free(struct stack_nodes *t);

/* Allocate a directory of `n` places, for the caller to fill in. NULL without memory. */
struct stack_dir *stack_dir_new(unsigned n);
void stack_dir_unref(struct stack_layers *l, struct stack_dir *d); /* NULL-safe */

/* Find a node by number and pin it until stack_node_unpin; NULL if there is none. */
struct stack_node *stack_node_pin(struct stack_nodes *t, uint64_t id);
void stack_node_unpin(struct stack_nodes *t, struct stack_node *node);
/* Get the node's latest location; a reference. */
struct spot *stack_node_spot(struct stack_nodes *t, struct stack_node *node);
/* Get the node's merged directory, NULL for other types; a reference. */
struct stack_dir *stack_node_dir(struct stack_nodes *t, struct stack_node *node);
/* Get a directory's state of the kernel's listing, valid while the node is pinned; NULL without memory. */
struct listing_share *stack_node_share(struct stack_nodes *t, struct stack_node *node);
/* Get parent and name of the latest lookup. -ESTALE; -EINVAL for the root. */
int stack_node_name(struct stack_nodes *t, uint64_t id, uint64_t *ret_dir, char ret_name[NAME_MAX + 1]);
/* Note that its content is in the descriptor cache, to be dropped with the node. */
void stack_node_has_content(struct stack_nodes *t, struct stack_node *node);

/* Count a lookup on the node of a file found in `parent` (pinned by the caller); creates the node if needed.
 * `spot` and `dir` (NULL except for directories) are taken over, also on failure. A known directory takes
 * over the newly merged places. */
int stack_node_enter(struct stack_nodes *t, struct stack_node *parent, const struct stat *st,
                     struct spot *spot, struct stack_dir *dir, uint64_t *ret_id);
/* Add `n` lookups to a node that has one. */
void stack_node_ref(struct stack_nodes *t, uint64_t id, uint64_t n);
/* Drop `n` lookups. */
void stack_node_forget(struct stack_nodes *t, uint64_t id, uint64_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes of a stack tree: what lookups gave a number to, for as long as it is referenced.
 *
 * A file's identity is its (st_dev, st_ino), so that all names of a hard link group are one node. A
 * directory's is also its parent and name: one lower directory can show in two places (redirects), and each
 * has its own "..". Node numbers are never used twice in the life of a tree.
 *
 * A node lives while lookups hold it, while a call works on it, or while a node below it lives; then all of
 * its memory is given back, and the tables shrink. So what has a node has a path, too.
 */
#ifndef MICA_STACK_STACK_NODE_H
#define MICA_STACK_STACK_NODE_H

#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>

#include "stack/stack_fresh.h"
#include "stack/stack_place.h"

/* Where a file is: a name in a directory of one layer. Constant; shared by counting. */
struct spot {
    atomic_uint refs;
    struct place *in;
    struct spot *content; /* regular files that are only metadata: where the bytes are; else NULL */
    bool no_content;      /* only metadata, and no layer has the bytes */
    char name[];
};

struct spot *spot_new(struct place *in, const char *name, size_t len); /* refs `in` */
void spot_unref(struct stack_layers *l, struct spot *s);

/* A merged directory. Constant but for the listing; shared by counting. */
struct stack_dir {
    atomic_uint refs;
    struct listing_slot listing;
    unsigned n;
    struct place *places[]; /* the directories that merge, topmost first; references */
};

struct stack_node {
    /* Constant. */
    uint64_t id;
    dev_t dev;
    ino_t ino;
    uint32_t type; /* S_IFMT */
    /* The rest is guarded by the table's lock. */
    struct stack_dir *dir; /* directories: what merged when it was looked up last; the root's is constant */
    struct spot *spot;     /* NULL for the root */
    struct stack_node *parent; /* the directory that it was found in there, pinned; NULL for the root. A
                                  directory's is constant. */
    uint64_t lookups;
    uint32_t pins;
    bool has_content;                       /* its content may be in the cache of descriptors */
    struct stack_node *next_id, *next_file; /* chains of the tables */
};

struct stack_nodes;

/* `root`: the places of the root, as stack_node_enter's. */
struct stack_nodes *stack_nodes_new(struct stack_layers *l, const struct stat *st, struct stack_dir *root);
void stack_nodes_free(struct stack_nodes *t);

/* An empty directory of `n` places, to be filled in. NULL without memory. */
struct stack_dir *stack_dir_new(unsigned n);
void stack_dir_unref(struct stack_layers *l, struct stack_dir *d); /* NULL is fine */

/* The node of a number, pinned so that it lives until stack_node_unpin; NULL when there is none. */
struct stack_node *stack_node_pin(struct stack_nodes *t, uint64_t id);
void stack_node_unpin(struct stack_nodes *t, struct stack_node *node);
/* Where it was found last; a reference. */
struct spot *stack_node_spot(struct stack_nodes *t, struct stack_node *node);
/* The merged directory of a node, NULL for what is none; a reference. */
struct stack_dir *stack_node_dir(struct stack_nodes *t, struct stack_node *node);
/* The directory it was found in last, and the name there. -ESTALE; -EINVAL for the root. */
int stack_node_name(struct stack_nodes *t, uint64_t id, uint64_t *ret_dir, char ret_name[NAME_MAX + 1]);
/* Its content goes into the cache of descriptors: to be dropped with the node. */
void stack_node_has_content(struct stack_nodes *t, struct stack_node *node);

/* Counts one lookup on the node of what was found in `parent` (pinned by the caller): the one that is known,
 * or a new one. `spot` and `dir` (NULL but for directories) are taken over, also on failure. A directory
 * whose layers have others of that name by now merges those from here on. */
int stack_node_enter(struct stack_nodes *t, struct stack_node *parent, const struct stat *st,
                     struct spot *spot, struct stack_dir *dir, uint64_t *ret_id);
/* Counts `n` more lookups on a node that has one. */
void stack_node_ref(struct stack_nodes *t, uint64_t id, uint64_t n);
/* Takes back `n` lookups. */
void stack_node_forget(struct stack_nodes *t, uint64_t id, uint64_t n);

#endif

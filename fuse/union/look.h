/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup in a union with a branch, for the files of this folder. Called with the union's lock. */
#ifndef MICA_UNION_LOOK_H
#define MICA_UNION_LOOK_H

#include "union/core.h"

/* The place of a listed name: the upper's record, or (NULL) an entry of the tree's directory. */
struct listed {
    struct name *name;
    uint64_t tree_dir;
    struct tree_entry entry;
};

/* Find the upper's record of a name in `dir`: *ret is NULL if there is none. -ENOENT for a whiteout (*ret is
 * its record), and in a dead directory. */
int look_name(struct un *u, struct node *dir, const char *text, struct name **ret);
/* Find the node of a record, pinned; with the stat(2) of the upper's file, if asked. */
int look_upper(struct un *u, struct node *dir, struct name *name, struct node **ret, struct stat *ret_st);
/* Link count of a node of a file, from the stat(2) of the upper's file. */
nlink_t look_links(const struct node *n, const struct stat *st);
/* Convert the stat(2) of the upper's file to the union's. */
void look_shown(const struct node *n, struct stat *st);
/* Find the node of a name, in the upper or the tree; pinned. -ENOENT. */
int look_node(struct un *u, struct node *dir, const char *text, struct node **ret);
/* Check that a name is free in a directory from copy_up_dir. *ret is the whiteout that has it in the upper,
 * or NULL; *ret_in_tree: the tree has the name. -EEXIST. */
int look_free(struct un *u, struct node *dir, const char *text, struct name **ret, bool *ret_in_tree);
/* stat(2) of a node. */
int look_stat(struct un *u, struct node *n, struct stat *ret);

/* The union's calls, without taking the lock. */
int look_lookup(struct un *u, uint64_t dir, const char *name, uint64_t *ret_node, struct stat *ret_st);
/* As look_lookup, for a name of a listing of `dir` (NULL: without state), without a search for it. */
int look_listed(struct un *u, struct node *dir, const struct listed *at, uint64_t *ret_node,
                struct stat *ret_st);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at a union with a branch, for the files of this folder; all with the union's lock held. */
#ifndef MICA_UNION_LOOK_H
#define MICA_UNION_LOOK_H

#include "union/core.h"

/* What the upper says of a name in `dir`: *ret is its record, NULL when it says nothing. -ENOENT for a
 * whiteout
 * (*ret is it), and in a dead directory. */
int look_name(struct un *u, struct node *dir, const char *text, struct name **ret);
/* The node of what the upper has under a name, pinned; with what stat(2) says of the upper's file, if asked.
 */
int look_upper(struct un *u, struct node *dir, struct name *name, struct node **ret, struct stat *ret_st);
/* How many names a node of a file has, by what stat(2) says of the upper's file. */
nlink_t look_links(const struct node *n, const struct stat *st);
/* Makes of what stat(2) says of the upper's file what the union shows. */
void look_shown(const struct node *n, struct stat *st);
/* The node under a name, whoever has it; pinned. -ENOENT. */
int look_node(struct un *u, struct node *dir, const char *text, struct node **ret);
/* Is a name free in a directory from copy_up_dir? *ret is the whiteout that has it in the upper, or NULL;
 * *ret_in_tree whether the tree has it. -EEXIST. */
int look_free(struct un *u, struct node *dir, const char *text, struct name **ret, bool *ret_in_tree);
/* stat(2) of a node. */
int look_stat(struct un *u, struct node *n, struct stat *ret);

/* The union's calls, under its lock. */
int look_lookup(struct un *u, uint64_t dir, const char *name, uint64_t *ret_node, struct stat *ret_st);

#endif

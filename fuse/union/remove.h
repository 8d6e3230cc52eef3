/* SPDX-License-Identifier: Apache-2.0 */
/* Removing names, for the files of this folder; all with the union's lock held. */
#ifndef MICA_UNION_REMOVE_H
#define MICA_UNION_REMOVE_H

#include "union/core.h"

/* 0, or -ENOTEMPTY when the directory shows something. */
int remove_is_empty(struct un *u, struct node *dir);
/* A file that the tree has other names for must keep count of them in the upper before it loses one. */
int remove_bring_up_links(struct un *u, struct node *n);
/* Hides a name that only the tree has; the directory comes from copy_up_dir. */
int remove_tree_name(struct un *u, struct node *dir, const char *text);

#endif

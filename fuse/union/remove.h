/* SPDX-License-Identifier: Apache-2.0 */
/* Removing names, for the files of this folder. Called with the union's lock. */
#ifndef MICA_UNION_REMOVE_H
#define MICA_UNION_REMOVE_H

#include "union/core.h"

/* 0, or -ENOTEMPTY if the directory shows an entry. */
int remove_is_empty(struct un *u, struct node *dir);
/* Copy up a file with several names in the tree before one is removed: the upper must count them. */
int remove_bring_up_links(struct un *u, struct node *n);
/* Hide a name that only the tree has; `dir` comes from copy_up_dir. */
int remove_tree_name(struct un *u, struct node *dir, const char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path of an image, walked one name at a time, so that what is missing in the tree can be named as well:
 * symbolic links on the way are replaced by what they point to (inside the tree), a last one stays, and what
 * follows a missing name is taken as it is written. The result is the list of names that the layers are to be
 * asked for.
 */
#ifndef MICA_SHOW_TREE_PATH_H
#define MICA_SHOW_TREE_PATH_H

#include <stddef.h>

#include "tree/tree.h"

#define TREE_PATH_MAX_NAMES 2048

struct tree_path {
    char **names; /* fresh memory, none for the root */
    size_t n;
};

/* -ELOOP after 40 links, -ENAMETOOLONG for more than TREE_PATH_MAX_NAMES names, -ENOMEM. */
int tree_path_resolve(struct tree *t, const char *path, struct tree_path *ret);
void tree_path_free(struct tree_path *p);
/* "/a/b", fresh memory; NULL without memory. */
char *tree_path_string(const struct tree_path *p);
/* The target of a link in fresh memory, NUL behind it and *ret_len bytes long. */
int tree_link_target(struct tree *t, uint64_t node, char **ret, size_t *ret_len);

#endif

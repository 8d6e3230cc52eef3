/* SPDX-License-Identifier: Apache-2.0 */
/* A path of an image, resolved one name at a time, so that names missing in the tree are possible:
 * symbolic links on the way are followed (inside the tree), a final one is not, and the names after a
 * missing one are taken as written. The result is the list of names to look up in the layers. */
#ifndef MICA_SHOW_TREE_PATH_H
#define MICA_SHOW_TREE_PATH_H

#include <stddef.h>

#include "tree/tree.h"

#define TREE_PATH_MAX_NAMES 2048

struct tree_path {
    char **names; /* fresh memory, none for the root */
    size_t n;
};

/* Resolves a path. -ELOOP after 40 links, -ENAMETOOLONG for more than TREE_PATH_MAX_NAMES names, -ENOMEM. */
int tree_path_resolve(struct tree *t, const char *path, struct tree_path *ret);
void tree_path_free(struct tree_path *p);
/* Returns "/a/b" in fresh memory; NULL on lack of memory. */
char *tree_path_string(const struct tree_path *p);
/* Gets the target of a link in fresh memory, NUL-terminated, *ret_len bytes long. */
int tree_link_target(struct tree *t, uint64_t node, char **ret, size_t *ret_len);

#endif

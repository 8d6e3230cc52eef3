/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of paths inside an image, as glob(7): `*`, `?` and `[...]` match within one name, none of them a leading dot, and a
 * backslash takes the meaning from the next character. */
#ifndef MICA_SHOW_TREE_GLOB_H
#define MICA_SHOW_TREE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "tree/tree.h"

/* Paths in the order of the tree's names. */
struct tree_glob {
    char **paths; /* fresh memory */
    size_t n;
};

/* Does the word have a character of a pattern? */
bool tree_glob_is_pattern(const char *word);
/* Finds the paths that a pattern matches. A path that exists literally is its only match. Symbolic links are followed between
 * names, inside the tree. Without a match *ret is empty. -ENOMEM, -EUCLEAN. Free *ret also after a failure. */
int tree_glob(struct tree *t, const char *pattern, struct tree_glob *ret);
void tree_glob_free(struct tree_glob *g);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Printing a directory of a tree and what is beneath it as tree(1) does: a name a line, lines that lead to it, sizes in
 * front of it, and how many there are at the end. */
#ifndef MICA_SHOW_TREE_PRINT_H
#define MICA_SHOW_TREE_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "tree/tree.h"

struct tree_print {
    struct tree *tree;
    bool all; /* names that start with a dot, too */
    bool only_dirs;
    bool sizes;         /* of contents and of targets of links */
    bool totals;        /* of a directory the sum of the contents beneath it, a file of several names once */
    uint32_t max_depth; /* names beneath the top; UINT32_MAX: all */
};

/* `path` as it is to be shown, its node and attributes; the reference stays the caller's. 0 or a negative errno: -EIO when it
 * cannot be written, -EUCLEAN when the tree is damaged. */
int tree_print(const struct tree_print *p, const char *path, uint64_t node, const struct tree_attr *attr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Printing a directory of a tree and everything beneath in the form of tree(1): a name per line with
 * branches drawn before it, sizes, and the totals at the end. */
#ifndef MICA_SHOW_TREE_PRINT_H
#define MICA_SHOW_TREE_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "tree/tree.h"

struct tree_print {
    struct tree *tree;
    bool all; /* include names that start with a dot */
    bool only_dirs;
    bool sizes;         /* of contents and of targets of links */
    bool totals;        /* of a directory the sum of the contents beneath; a file with several names counts
                         * once */
    uint32_t max_depth; /* names beneath the top; UINT32_MAX: all */
};

/* Prints `path` (in the form to print) with the given node and attributes; the caller keeps the reference.
 * 0 or a negative errno: -EIO if writing failed, -EUCLEAN if the tree is damaged. */
int tree_print(const struct tree_print *p, const char *path, uint64_t node, const struct tree_attr *attr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Listing directories of a tree as ls(1) does: names, long lines or JSON, one directory or all beneath it. */
#ifndef MICA_SHOW_LISTING_H
#define MICA_SHOW_LISTING_H

#include <stdbool.h>

#include "show/json_out.h"
#include "tree/tree.h"

struct listing {
    struct tree *tree;
    bool long_lines, recursive, all, json;
    struct json_list list; /* for json */
};
/* Lists `path` (in the form to print) with the given node and attributes; the caller keeps its reference.
 * 0 or a negative errno: -EIO if writing failed, -EUCLEAN if the tree is damaged. */
int listing_print(struct listing *l, const char *path, uint64_t node, const struct tree_attr *attr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Walking the names of a directory of a tree, and of those beneath it: a directory before its names, no symbolic link followed.
 * Takes memory for the depth, not for the number of names. */
#ifndef MICA_SHOW_LISTING_WALK_H
#define MICA_SHOW_LISTING_WALK_H

#include <stdbool.h>

#include "tree/tree.h"

struct listing_walk {
    struct tree *tree;
    bool all; /* names that start with a dot, too */
    bool recursive;
    /* Called for each name: its path, beginning with that of the walk, and where the name begins in it. The reference is the
     * walk's. A negative return value ends the walk. */
    int (*meet)(void *ctx, char *path, size_t name_at, uint64_t node, const struct tree_attr *attr);
    void *ctx;
};

/* 0 or a negative errno. */
int listing_walk(const struct listing_walk *w, const char *path, uint64_t node);

#endif

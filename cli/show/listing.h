/* SPDX-License-Identifier: Apache-2.0 */
/* Listing files and directories of trees as ls(1) does: names, long lines or JSON, one directory or all beneath it. */
#ifndef MICA_SHOW_LISTING_H
#define MICA_SHOW_LISTING_H

#include <stdbool.h>

#include "image/digest.h"
#include "show/json_out.h"
#include "tree/tree.h"

enum listing_order {
    LISTING_BY_NAME, /* the order of the tree */
    LISTING_BY_TIME, /* newest first */
    LISTING_BY_SIZE, /* largest first */
};

/* An image that is listed. */
struct listing_image {
    struct tree *tree;
    const char *label; /* stands before each path, with a colon; NULL for nothing */
    void *ctx;         /* the caller's */
};

struct listing {
    bool long_lines, human, recursive, json;
    bool all;    /* names that start with a dot, too */
    bool dots;   /* "." and ".." of a directory, too */
    bool itself; /* a directory itself, not its names */
    bool reverse;
    enum listing_order order;
    /* Gets the digest of a regular file's content; NULL: do not print it. */
    int (*digest)(void *ctx, const struct listing_image *image, uint64_t node, struct digest *ret);
    /* Sets more members of an object of JSON; NULL for none. */
    int (*more)(void *ctx, const struct listing_image *image, uint64_t node, json_t *o);
    void *ctx;
    struct json_list list; /* for json */
};

/* A path to list, in the form to print. */
struct listing_item {
    const struct listing_image *image;
    char *path;    /* fresh memory */
    uint64_t node; /* holds a reference */
    struct tree_attr attr;
};

/* Lists the items: first the files, then the contents of the directories, in their order or in the order that `l` asks for.
 * Sorts `items`. 0 or a negative errno: -EIO if writing failed, -EUCLEAN if a tree is damaged. */
int listing_print(struct listing *l, struct listing_item *items, size_t n);

#endif

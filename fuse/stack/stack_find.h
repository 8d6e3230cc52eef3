/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup of a name in a merged directory of live layers: asks them top-down (stack_descent.h) and judges by
 * resolve.h. */
#ifndef MICA_STACK_STACK_FIND_H
#define MICA_STACK_STACK_FIND_H

#include "stack/stack_descent.h"
#include "stack/stack_node.h"

struct found {
    struct stat st;        /* of the file, or of the topmost directory */
    struct spot *spot;     /* its location */
    struct stack_dir *dir; /* the merged directory; NULL for a file */
};

/* Look up `name` in `dir`, from its place `first` on. -ENOENT; the caller owns the result. */
int stack_find(struct stack_layers *l, const struct stack_dir *dir, unsigned first, const char *name,
               size_t len, struct found *ret);

/* Build the merged root, with its stat(2). */
int stack_find_root(struct stack_layers *l, struct stack_dir **ret, struct stat *ret_st);

#endif

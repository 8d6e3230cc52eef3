/* SPDX-License-Identifier: Apache-2.0 */
/* What a name is in a merged directory of live layers: asks them top-down (stack_descent.h) and judges by
 * resolve.h. */
#ifndef MICA_STACK_STACK_FIND_H
#define MICA_STACK_STACK_FIND_H

#include "stack/stack_descent.h"
#include "stack/stack_node.h"

struct found {
    struct stat st;        /* of the file, or of the topmost of the directories that merge */
    struct spot *spot;     /* where that is */
    struct stack_dir *dir; /* the merged directory; NULL for a file */
};

/* Looks for `name` in the directory of `dir`, from its place `first` on. -ENOENT; what comes back is the
 * caller's. */
int stack_find(struct stack_layers *l, const struct stack_dir *dir, unsigned first, const char *name,
               size_t len, struct found *ret);

/* The merged root, and what stat says of it. */
int stack_find_root(struct stack_layers *l, struct stack_dir **ret, struct stat *ret_st);

#endif

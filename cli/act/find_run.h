/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a tree and evaluates an expression for each file, like find(1): a directory before its contents; follows no
 * symbolic link. */
#ifndef MICA_ACT_FIND_RUN_H
#define MICA_ACT_FIND_RUN_H

#include "show/find_expr.h"

/* Starts at a node with its attributes; `path` is its path as printed. The caller keeps the reference. 0 or a
 * negative errno: -EIO if standard output cannot be written, -EUCLEAN for a damaged tree. */
int find_run(struct tree *t, const struct find_expr *e, const char *path, uint64_t node,
             const struct tree_attr *attr);

/* Members of struct find_facts for the tree in `ctx` (struct tree): the id of a name in /etc/passwd or /etc/group, and
 * the attributes of a file. */
int find_account(void *ctx, const char *name, bool group, uint32_t *ret);
int find_look(void *ctx, const char *path, struct tree_attr *ret);

#endif

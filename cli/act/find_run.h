/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a tree and asking about each file as find(1) does: a directory before what is in it, no symbolic link followed. */
#ifndef MICA_ACT_FIND_RUN_H
#define MICA_ACT_FIND_RUN_H

#include "show/find_expr.h"

/* `path` as it is to be shown, its node and attributes; the reference stays the caller's. 0 or a negative errno: -EIO where
 * standard output cannot be written, -EUCLEAN for a damaged tree. */
int find_run(struct tree *t, const struct find_expr *e, const char *path, uint64_t node,
             const struct tree_attr *attr);

/* The id of a name in /etc/passwd or /etc/group of the tree in `ctx` (struct tree): a find_account_fn. */
int find_account(void *ctx, const char *name, bool group, uint32_t *ret);

#endif

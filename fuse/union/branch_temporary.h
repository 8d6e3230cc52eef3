/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in the work directory: files and directories are made under a temporary name there, and moved into
 * the upper by one rename. Below branch.h, which makes whole changes of them.
 */
#ifndef MICA_UNION_BRANCH_TEMPORARY_H
#define MICA_UNION_BRANCH_TEMPORARY_H

#include <stdbool.h>

struct branch;

#define BRANCH_TEMPORARY_MAX 24 /* bytes of a temporary name, with its end */

/* Is it one of those that mica and kernel overlayfs give to what they make in the work directory? Pure. */
bool branch_is_temporary(const char *name);
/* A name in the work directory that nothing has. Returns `buf`. */
const char *branch_temporary(struct branch *b, char buf[BRANCH_TEMPORARY_MAX]);
/* Removes what has a temporary name, with everything in it; what cannot be removed is left to the next mount.
 */
void branch_discard(struct branch *b, const char *temporary);
/* Removes everything that has a temporary name, and nothing else: an earlier daemon left it. 0 or a negative
 * errno. */
int branch_clear_work(const struct branch *b);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary names in the work directory: files and directories are built there and moved into the upper by
 * one rename. Used by branch.h for complete changes.
 */
#ifndef MICA_UNION_BRANCH_TEMPORARY_H
#define MICA_UNION_BRANCH_TEMPORARY_H

#include <stdbool.h>

struct branch;

#define BRANCH_TEMPORARY_MAX 24 /* bytes of a temporary name, with its NUL */

/* Does mica or kernel overlayfs use such names in the work directory? Pure. */
bool branch_is_temporary(const char *name);
/* Choose a free name in the work directory. Returns `buf`. */
const char *branch_temporary(struct branch *b, char buf[BRANCH_TEMPORARY_MAX]);
/* Remove a temporary file or directory with its content. On failure the next mount tries again. */
void branch_discard(struct branch *b, const char *temporary);
/* Remove all temporary files and directories that an earlier daemon left, nothing else. 0 or a negative
 * errno. */
int branch_clear_work(const struct branch *b);

#endif

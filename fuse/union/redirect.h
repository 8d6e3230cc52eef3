/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects: how a directory, or a file that is only metadata, keeps its part of the tree under another name.
 */
#ifndef MICA_UNION_REDIRECT_H
#define MICA_UNION_REDIRECT_H

#include <limits.h>

#include "union/core.h"

/* Marks the upper's file at `w` with the path that the tree has the node's part under. -ENAMETOOLONG. */
int redirect_mark(struct un *u, const struct node *n, struct where w);
/* What the upper's file at `w` is marked with: the length of the text, or 0 when there is no mark. -EPERM for
 * one that must not be followed. */
ssize_t redirect_get(const struct un *u, struct where w, char ret[PATH_MAX]);

#endif

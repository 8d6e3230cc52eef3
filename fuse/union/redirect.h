/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects: how a directory, or a file that is only metadata, keeps its part of the tree under another name.
 */
#ifndef MICA_UNION_REDIRECT_H
#define MICA_UNION_REDIRECT_H

#include "union/core.h"

/* Marks the upper's file at `w` with the path that the tree has the node's part under. -ENAMETOOLONG. */
int redirect_mark(struct un *u, const struct node *n, struct where w);

#endif

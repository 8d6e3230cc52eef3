/* SPDX-License-Identifier: Apache-2.0 */
/* Redirects: the tree's path of a renamed directory, or of a metacopy. */
#ifndef MICA_UNION_REDIRECT_H
#define MICA_UNION_REDIRECT_H

#include <limits.h>

#include "union/core.h"

/* Set the redirect of the upper's file at `w` to the tree's path of the node. -ENAMETOOLONG. */
int redirect_mark(struct un *u, const struct node *n, struct where w);
/* Read the redirect of the upper's file at `w`: the length of the text, or 0 if there is none. -EPERM if it
 * must not be followed. */
ssize_t redirect_get(const struct un *u, struct where w, char ret[PATH_MAX]);

#endif

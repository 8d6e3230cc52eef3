/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_COPY_UP_H
#define MICA_UNION_COPY_UP_H

#include "union/core.h"

/* After a check of the node's protection (protect.h) under the same lock, which is given up while content is
 * copied: check earlier findings again. */
int copy_up(struct un *u, struct node *n, enum copy_up what);
/* Give the upper's root the attributes of the tree's root, unless done. */
int copy_up_root(struct un *u, const struct tree_attr *attr);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publish a copy in the upper by one rename: a crash leaves either no trace or all of it. Called with the
 * union's lock.
 */
#ifndef MICA_UNION_COPY_PUBLISH_H
#define MICA_UNION_COPY_PUBLISH_H

#include "union/copy_make.h"

/* Does the tree have several names for the node? */
bool copy_is_linked(const struct node *n, const struct copy_job *j);
/* Publish the copy; the node is in the upper afterwards. Its directory must be in the upper already; for a
 * file with several names it is found here. */
int copy_publish(struct un *u, struct node *n, struct copy_job *j);

#endif

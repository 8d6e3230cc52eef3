/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting a copy that has been made in its place in the upper, by one rename: before it nothing has happened,
 * after it everything has. With the union's lock held.
 */
#ifndef MICA_UNION_COPY_PUBLISH_H
#define MICA_UNION_COPY_PUBLISH_H

#include "union/copy_make.h"

/* Does the tree have several names for it? */
bool copy_is_linked(const struct node *n, const struct copy_job *j);
/* The node is in the upper from now on. Its directory must be; of a file with several names it is found here.
 */
int copy_publish(struct un *u, struct node *n, struct copy_job *j);

#endif

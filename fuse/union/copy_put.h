/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Put a copy into the upper by one rename, the last step of copy-up: a crash leaves either no trace or all of
 * it. Called with the union's lock.
 */
#ifndef MICA_UNION_COPY_PUT_H
#define MICA_UNION_COPY_PUT_H

#include "union/copy_make.h"

/* Give the copy the name `text` in `dir`. `dir` is in the upper, its names are loaded, with room for one
 * more. The node is in the upper afterwards. 0 or a negative errno. */
int copy_put(struct un *u, struct node *n, struct copy_job *j, struct node *dir, const char *text);
/* Publish the copy of an orphan: its node keeps a descriptor in place of a name. */
int copy_put_nameless(struct un *u, struct node *n, struct copy_job *j);

#endif

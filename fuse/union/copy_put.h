/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting a copy that is made into the upper: the last step of copying up, by one rename. Before it nothing
 * has happened, after it everything has. With the union's lock held.
 */
#ifndef MICA_UNION_COPY_PUT_H
#define MICA_UNION_COPY_PUT_H

#include "union/copy_make.h"

/* Gives the copy the name `text` in `dir`, which is in the upper, has its names loaded and room for one more.
 * The node is in the upper from now on. 0 or a negative errno. */
int copy_put(struct un *u, struct node *n, struct copy_job *j, struct node *dir, const char *text);
/* The copy of a node that has no name left: a descriptor stands in for the name. */
int copy_put_nameless(struct un *u, struct node *n, struct copy_job *j);

#endif

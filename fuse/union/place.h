/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Place of a copied-up file. A file with one name was looked up by it, so the directories above it are in
 * memory, wherever the union has moved them. One of several names tells nothing of the others: their
 * directories may have been copied up by an earlier mount, moved or removed; they are looked up from the
 * root.
 *
 * Both functions copy up the directory, load its names, and pin it. Lock held.
 */
#ifndef MICA_UNION_PLACE_H
#define MICA_UNION_PLACE_H

#include "union/core.h"

/* Find the place of a file with one name in the tree. */
int place_of_single(struct un *u, const struct node *n, struct node **ret_dir, char name[256]);
/* Find a place for a file with several names: one that only the tree has. -ENOENT if the union does not show
 * it there any more. */
int place_of_linked(struct un *u, const struct node *n, struct node **ret_dir, char name[256]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a file of the tree that is copied up gets its name. A file with one name was reached by that name, so
 * the directories above it are in memory, wherever the union has them by now. One of several names tells
 * nothing about the others: their directories may be in the upper without anybody having asked for them since
 * the mount, or may have been moved or removed; they are gone to from the root.
 *
 * Both find a directory, copied up and with its names loaded, and pin it. Lock held.
 */
#ifndef MICA_UNION_PLACE_H
#define MICA_UNION_PLACE_H

#include "union/core.h"

/* Of what the tree has one name for. */
int place_of_single(struct un *u, const struct node *n, struct node **ret_dir, char name[256]);
/* Of a file with several: one of its names, which only the tree has. -ENOENT where the union does not have it
 * there any more. */
int place_of_linked(struct un *u, const struct node *n, struct node **ret_dir, char name[256]);

#endif

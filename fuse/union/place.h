/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the tree has a file with several names, as the union has that directory now. A file with one name was
 * reached by that name, so the directories above it are in memory; one of several names tells nothing about
 * the others: their directories may be in the upper without anybody having asked for them since the mount, or
 * may have been moved or removed.
 */
#ifndef MICA_UNION_PLACE_H
#define MICA_UNION_PLACE_H

#include "union/core.h"

/* A directory, copied up and with its names loaded, and a name in it that only the tree has for `n`; pinned.
 * -ENOENT where the union does not have it there any more. Lock held. */
int place_find(struct un *u, const struct node *n, struct node **ret_dir, char name[256]);

#endif

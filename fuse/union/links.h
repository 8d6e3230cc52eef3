/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hard links of the tree. When a file with several names in the tree is copied up, only one of them gets an
 * entry in the upper; the others must show the copy as well, also after a remount. So the copy has one more
 * name, its inode number in hexadecimal, in the directory mica-links beside the work directory, until its
 * last name is removed. With it is kept the number of names that only the tree has, or of all names: each
 * step leaves one of the two unchanged, so that the link count is right after a crash at any moment.
 *
 * Kernel overlayfs has such a directory too (index=on), but finds entries by the lower file's handle, which a
 * file of an image does not have. Called with the union's lock.
 */
#ifndef MICA_UNION_LINKS_H
#define MICA_UNION_LINKS_H

#include "union/core.h"

/* Load the directory. `err` names an entry that cannot be read. */
int links_open(struct un *u, struct err *err);
void links_close(struct un *u);

/* Find the copied-up node of the tree's inode `ino`, or NULL; not pinned. */
struct node *links_find(const struct un *u, uint64_t ino);
/* Iterate: the node after `n`, or the first for NULL; NULL at the end. */
struct node *links_next(const struct un *u, const struct node *n);

/* Make a copy one of the links, before it gets a name in the upper; `names` is the number of its names in the
 * tree... */
int links_begin(struct un *u, struct node *n, struct where copy, uint32_t names);
/* ...and record that the upper has one of them. */
void links_has_name(struct node *n);

/* Before the upper's names of a file change in number: makes the count right whether the change happens or
 * not. Does nothing for a node that is not one of the links. */
int links_prepare(struct un *u, struct node *n);
/* Drop a node from the links: its last name is removed, or the copy failed. */
void links_end(struct un *u, struct node *n);

/* Give a name that only the tree has to the node's copy in the upper. */
int links_materialize(struct un *u, struct node *n, struct node *dir, const char *text);

#endif

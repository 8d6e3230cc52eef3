/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hard links of the tree. When a file that the tree has several names for is copied up, just one of them gets
 * its name in the upper; the others must show the copy as well, also after a remount. So the copy has one
 * more name, in the directory mica-links beside the work directory: its inode number in hexadecimal. There it
 * stays until its last name goes, and there we find it whichever names it has. With it is kept how many of
 * the tree's names are still only the tree's, or how many names it has at all: the link count to show is
 * right after a crash at any moment, since each step leaves one of the two as it was.
 *
 * Kernel overlayfs has such a directory too (index=on), but finds entries by the lower file's handle, which a
 * file of an image does not have. All with the union's lock held.
 */
#ifndef MICA_UNION_LINKS_H
#define MICA_UNION_LINKS_H

#include "union/core.h"

/* Reads the directory. What is in it and cannot be read is named in `err`. */
int links_open(struct un *u, struct err *err);
void links_close(struct un *u);

/* The copied-up node of the tree's inode `ino`, or NULL; not pinned. */
struct node *links_find(const struct un *u, uint64_t ino);
/* All of them, one after the other: the one behind `n`, of NULL the first; NULL at the end. */
struct node *links_next(const struct un *u, const struct node *n);

/* A copy on its way becomes one of the links, before it gets a name in the upper; `names` is how many the
 * tree has for it... */
int links_begin(struct un *u, struct node *n, struct where copy, uint32_t names);
/* ...of which the upper has one now. */
void links_has_name(struct node *n);

/* Before the upper's names of a file become more or fewer, and so all of its names: makes sure that the count
 * is right whether that happens or not. Nothing for what is not one of the links. */
int links_prepare(struct un *u, struct node *n);
/* It is none of the links any more: the last name has gone, or the copy came to nothing. */
void links_end(struct un *u, struct node *n);

/* Gives a name that only the tree has to the node's copy in the upper. */
int links_materialize(struct un *u, struct node *n, struct node *dir, const char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hard links of the tree. When a file that the tree has several names for is copied up, just one of them gets
 * its name in the upper; the others must show the copy as well, also after a remount. So the copy has one
 * more name, in the directory mica-links beside the work directory: its inode number in hexadecimal. There it
 * stays until its last name goes, and there we find it whichever names it has. With it is kept how many of
 * the tree's names are still only the tree's: the link count to show is that, and the names that the upper
 * has.
 *
 * Kernel overlayfs has such a directory too (index=on), but finds entries by the lower file's handle, which a
 * file of an image does not have. All with the union's lock held.
 */
#ifndef MICA_UNION_LINKS_H
#define MICA_UNION_LINKS_H

#include "union/core.h"

/* Reads the directory. */
int links_open(struct un *u);
void links_close(struct un *u);

/* The copied-up node of the tree's inode `ino`, or NULL; not pinned. */
struct node *links_find(const struct un *u, uint64_t ino);

/* A copy on its way gets its name here, before it gets one in the upper... */
int links_begin(struct un *u, const struct node *n, struct where copy, uint32_t tree_names);
/* ...and afterwards is one of the links; or it came to nothing. */
int links_done(struct un *u, struct node *n, uint32_t tree_names);
void links_undo(struct un *u, const struct node *n);

/* One of the names that only the tree had has gone, or the upper has it now. */
void links_less(struct un *u, struct node *n);
/* The last name has gone. */
void links_end(struct un *u, struct node *n);

/* Gives a name that only the tree has to the node's copy in the upper. */
int links_materialize(struct un *u, struct node *n, struct node *dir, const char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_UNION_UPPER_H
#define MICA_UNION_UPPER_H

#include "union/core.h"

/* Open a directory of the upper (O_PATH). Lock held. */
int upper_open(struct un *u, struct node *dir, struct upper_fd *ret);
/* Locate a node of the upper. `ret_where` is valid until upper_close, and its name until the lock is given
 * up. Lock held. */
int upper_where(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where);
/* As upper_where, for changing or opening the file: pinned by a descriptor of the node's very file, whatever
 * others put in its place. ret_where->name is NULL if the content is open for reading and writing already.
 * -ESTALE if another file has the name. *ret_st, if not NULL, is the file's stat(2). Lock held. */
int upper_pin(struct un *u, struct node *n, struct upper_fd *ret, struct where *ret_where,
              struct stat *ret_st);
/* Is it the node's own file? Compares inode numbers where the file system keeps them. */
bool upper_is(const struct un *u, const struct node *n, const struct stat *st);
void upper_close(struct un *u, struct upper_fd *fd);

/* 1 when the metadata is in the upper, 0 when it is in the tree, or an error. Lock held until after
 * upper_or_tree_done, which must always be called. */
int upper_or_tree(struct un *u, uint64_t id, struct upper_or_tree *ret);
void upper_or_tree_done(struct un *u, struct upper_or_tree *s);
/* Forget the names after an error that leaves the state on disk unknown; they are loaded again. */
void upper_unload(struct node *dir);
/* Load the names of a directory of the upper, unless done. Lock held. */
int upper_load(struct un *u, struct node *dir);
/* Note that a directory just copied up is empty, so that there is nothing to load. */
void upper_load_new(struct node *dir);
/* Mark a directory of the upper before it gets an entry that shows another inode number than its file's. Lock
 * held. */
int upper_make_impure(struct un *u, struct node *dir);

#endif

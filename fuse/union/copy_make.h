/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the copy of a file of the tree, whole, in the work directory, where nobody sees it; copy_publish.h
 * then puts it in its place. With the union's lock held.
 */
#ifndef MICA_UNION_COPY_MAKE_H
#define MICA_UNION_COPY_MAKE_H

#include "union/core.h"

/* A copy on its way. Begins with `what`, `attr` and a descriptor of -1. */
struct copy_job {
    enum copy_up what;
    struct tree_attr attr; /* of the tree's file */
    struct stat st;        /* of the copy as it was made */
    char temporary[BRANCH_TEMPORARY_MAX];
    bool has_temporary; /* under that name in the work directory */
    int fd;             /* regular files: the copy */
    bool metacopy;
};

/* The lock is given up while content is copied. A file that is dead gets no name there either. */
int copy_make(struct un *u, struct node *n, struct copy_job *j);
/* The copy, by its name where it has one. */
struct where copy_made(struct un *u, const struct copy_job *j);
/* Gives back what is left of it. */
void copy_end(struct un *u, struct copy_job *j);

/* Copies the content of the tree's file to `fd`, a file of `fd_size` bytes and no data, with the lock given
 * up; ordered before what is done to names afterwards, so that a name never shows less. */
int copy_fill(struct un *u, struct node *n, int fd, uint64_t fd_size);
/* Gives what is at `to` the attributes of the tree's file; `is` is what it is so far. */
int copy_metadata(struct un *u, struct node *n, const struct tree_attr *a, struct where to,
                  const struct stat *is);

#endif

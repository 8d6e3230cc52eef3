/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build the complete copy of a file of the tree in the work directory, unseen by programs; copy_publish.h
 * moves it into the upper. Called with the union's lock.
 */
#ifndef MICA_UNION_COPY_MAKE_H
#define MICA_UNION_COPY_MAKE_H

#include "union/core.h"

/* A copy-up in progress. Set `what`, `attr`, `content` and `fd` -1 before copy_make. */
struct copy_job {
    enum copy_up what;
    struct tree_attr attr;       /* of the tree's file */
    struct tree_content content; /* of it, if it is open; else `fd` -1 */
    struct stat st;              /* of the new copy */
    char temporary[BRANCH_TEMPORARY_MAX];
    bool has_temporary; /* it has that name in the work directory */
    int fd;             /* regular files: open on the copy */
    bool metacopy;
};

/* Make the copy. Gives the lock up while content is copied. An orphan's copy has no name. */
int copy_make(struct un *u, struct node *n, struct copy_job *j);
/* Address the copy, by its name if it has one. */
struct where copy_made(struct un *u, const struct copy_job *j);
/* Free the job, and remove an unpublished copy. */
void copy_end(struct un *u, struct copy_job *j);

/* Copy the content of the tree's file to `fd`, a file of `fd_size` bytes without data. Gives the lock up;
 * orders the content before later changes of names, so that no name ever shows less. `blocks` of 512 bytes of
 * the tree's file, 0: not known. `from` is that file's content, if it is open. */
int copy_fill(struct un *u, struct node *n, const struct tree_content *from, int fd, uint64_t fd_size,
              uint64_t blocks);
/* Will a copy-up have to copy content? */
bool copy_has_content(const struct un *u, const struct node *n, enum copy_up what, uint64_t size);
/* Copy the flags of the tree's regular file to `fd` without its content. */
int copy_flags(struct un *u, const struct node *n, int fd);
/* Copy the attributes of the tree's file to the file at `to`; `is` is its present stat(2). */
int copy_metadata(struct un *u, struct node *n, const struct tree_attr *a, struct where to,
                  const struct stat *is);

#endif

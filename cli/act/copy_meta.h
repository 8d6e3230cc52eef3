/* SPDX-License-Identifier: Apache-2.0 */
/* Giving a copy the owner, extended attributes, times and mode that a file has in a tree, and keeping account of what the user
 * may not set. */
#ifndef MICA_ACT_COPY_META_H
#define MICA_ACT_COPY_META_H

#include "tree/tree.h"

/* Files for which something could not be set. */
struct copy_lost {
    uint64_t n;
    int error;   /* of the first one */
    char *first; /* its path; fresh memory, may be NULL */
};

struct copy_meta {
    struct copy_lost owners, xattrs;
};

/* Sets them for `name` in `dirfd` ("." for that directory itself), which nobody else can replace meanwhile and is no link's target;
 * `path` is for the account. Where an owner or group cannot be given, the set-id bit that would act for another one is
 * left out. Access lists that the directory above handed down and the file does not have are removed. 0 or a negative
 * errno: what every owner may set could not be set. */
int copy_meta_set(struct copy_meta *m, struct tree *t, uint64_t node, const struct tree_attr *attr, int dirfd,
                  const char *name, const char *path);
/* Notes for what was lost, a line for each kind. */
void copy_meta_tell(const struct copy_meta *m);
void copy_meta_free(struct copy_meta *m);
/* For other kinds of loss. */
void copy_lost_add(struct copy_lost *l, int error, const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a copy the owner, xattrs, times and mode of a file in a tree, and counts what the user may not set. */
#ifndef MICA_ACT_COPY_META_H
#define MICA_ACT_COPY_META_H

#include "tree/tree.h"

/* Files with an attribute that could not be set. */
struct copy_lost {
    uint64_t n;
    int error;   /* errno for the first file */
    char *first; /* its path; fresh memory, may be NULL */
};

struct copy_meta {
    struct copy_lost owners, xattrs;
};

/* Sets them for `name` in `dirfd` ("." for the directory itself), a name that no other process can replace meanwhile
 * and that is no symbolic link's target; `path` is for the report. If an owner or group cannot be set, leaves out the
 * set-id bit that would act for another one. Removes inherited access lists that the original does not have. 0 or a
 * negative errno: an attribute that every owner may set could not be set. */
int copy_meta_set(struct copy_meta *m, struct tree *t, uint64_t node, const struct tree_attr *attr, int dirfd,
                  const char *name, const char *path);
/* Prints a note for each kind of lost attribute. */
void copy_meta_tell(const struct copy_meta *m);
void copy_meta_free(struct copy_meta *m);
/* Counts another kind of loss. */
void copy_lost_add(struct copy_lost *l, int error, const char *path);

#endif

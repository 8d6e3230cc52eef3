/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted: an image of a store, or live directories; and the branch on it that is written to. */
#ifndef MICA_FUSE_SOURCE_H
#define MICA_FUSE_SOURCE_H

#include <stdbool.h>

#include "branch_dirs.h"
#include "disk/store.h"
#include "os/err.h"
#include "tree/tree.h"
#include "union/branch.h"
#include "union/mount_options.h"

struct source {
    struct tree *tree;
    struct branch *branch; /* NULL: nothing is written */
    char *image;           /* the image's name; NULL when it has none, and for directories */
    struct store *store;   /* NULL for directories, like the next two */
    struct lease *lease;
    struct branch_hold *hold; /* of a branch of the store */
    bool discard;             /* the branch is to go when the mount ends */
    struct branch_dirs dirs;  /* the branch's, locked */
    bool may_refuse;          /* some files may not be the daemon's to read */
    struct err note;          /* something that whoever mounts should know; "": nothing */
};

/* Opens everything that will be read from and written to: paths may vanish afterwards. For an image also
 * takes the lease for `mountpoint`, in the name of the calling process. */
int source_open(const struct mount_options *o, const char *mountpoint, unsigned max_fds, struct source *ret,
                struct err *err);
/* The mount is usable: a branch that was made for it stays, unless it is a temporary one. */
void source_settle(struct source *s, const struct mount_options *o);
/* Drops lease and locks, removes a branch that is to go, and closes all but tree and branch, which a union
 * may have taken. */
void source_close(struct source *s);

#endif

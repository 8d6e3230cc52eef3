/* SPDX-License-Identifier: Apache-2.0 */
/* The source of a mount: an image of a store, or live directories; and the writable branch on it. */
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
    struct branch *branch; /* NULL: read-only */
    char *image;           /* the image's name; NULL without one, and for directories */
    struct store *store;   /* NULL for directories, as the next two */
    struct lease *lease;
    struct branch_hold *hold; /* of a branch of the store */
    bool discard;             /* remove the branch when the mount ends */
    struct branch_dirs dirs;  /* the branch's, locked */
    bool may_refuse;          /* the daemon may lack permission to read some files */
    struct err note;          /* a notice for the user who mounts; "": none */
};

/* Opens everything that the mount reads and writes: paths may vanish afterwards. For an image also takes
 * the lease for `mountpoint`, with the calling process's id. */
int source_open(const struct mount_options *o, const char *mountpoint, unsigned max_fds, struct source *ret,
                struct err *err);
/* Call when the mount is usable: a branch that was made for it now stays, unless it is temporary. */
void source_settle(struct source *s, const struct mount_options *o);
/* Drops lease and locks, removes a branch marked for that, and closes all but tree and branch, which a
 * union may own. */
void source_close(struct source *s);

#endif

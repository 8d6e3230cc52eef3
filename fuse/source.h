/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted: an image of a store, or live directories. */
#ifndef MICA_FUSE_SOURCE_H
#define MICA_FUSE_SOURCE_H

#include "disk/store.h"
#include "os/err.h"
#include "tree/tree.h"
#include "union/mount_options.h"

struct source {
    struct tree *tree;
    struct lease *lease; /* NULL for directories */
    struct store *store; /* NULL for directories */
};

/* Opens everything that will be read from: paths may vanish afterwards. For an image also takes the lease for
 * `mountpoint`, in the name of the calling process. */
int source_open(const struct mount_options *o, const char *mountpoint, unsigned max_fds, struct source *ret,
                struct err *err);
/* Drops the lease and closes all but the tree, which a union may have taken. */
void source_close(struct source *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Views of an image by its layers: mount options views, layer= and upto=. */
#ifndef MICA_FUSE_SOURCE_VIEWS_H
#define MICA_FUSE_SOURCE_VIEWS_H

#include "disk/store.h"
#include "os/err.h"
#include "tree/tree.h"
#include "union/mount_options.h"

/* Replaces the tree of an image by that of the views that the options name; leaves it without such an option. On failure
 * *tree stays the image's. */
int source_views(struct store *s, const struct mount_options *o, unsigned max_fds, struct tree **tree,
                 struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Views of an image by its layers: mount options views, layer= and upto=. */
#ifndef MICA_FUSE_SOURCE_VIEWS_H
#define MICA_FUSE_SOURCE_VIEWS_H

#include "disk/store.h"
#include "os/err.h"
#include "tree/tree.h"
#include "union/mount_options.h"

#define SOURCE_VIEW_MAX 32

/* Writes the option that names the views, as in a lease: "views", "layer=N", "upto=N". Returns `ret`; NULL: none. */
char *source_view_text(const struct mount_options *o, char ret[SOURCE_VIEW_MAX]);

/* Replaces the tree of an image by that of the views that the options name; leaves it without such an option. On failure
 * *tree stays the image's. */
int source_views(struct store *s, const struct mount_options *o, unsigned max_fds, struct tree **tree,
                 struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbolic links on the way of a path in a layer that is being built. Private to layer_builder.c and
 * layer_emit.c.
 *
 * An archive may make `lib -> usr/lib` and then `lib/x`; unpacking it puts x into usr/lib. So links of the
 * same layer are followed, as Linux does for a process whose root is the layer's directory: absolute targets
 * begin at that root, ".." stops at it, and forty links are the limit. The last component is never followed,
 * because an entry replaces a link.
 *
 * If a link leads to nothing in this layer, its target is in lower layers or does not exist yet. umoci, which
 * unpacks all layers into one directory, creates the missing target; podman's unpacking refuses the layer, in
 * overlay's diff directories even if a lower layer has the directory. Here the path is the link's target, and
 * its directories are implicit: they merge with those of lower layers, and neither the link nor the entries
 * behind it are lost. ".." leaves a missing component, or a non-directory, without making it a directory.
 *
 * Links of lower layers are unknown here: each layer is read separately, once for all images that have it.
 */
#ifndef MICA_INDEXING_LAYER_LINKS_H
#define MICA_INDEXING_LAYER_LINKS_H

#include "indexing/layer_nodes.h"
#include "indexing/layer_path.h"

/* Follows the links that the layer has so far on the way to the last component of `path`, which is clean.
 * `ret` is the path without them; *ret_name (may be NULL) the name there, 0 if the layer has none. Makes
 * no names. -ELOOP, -ENAMETOOLONG: links lead in a circle or too far; -E2BIG: the layer's links took too
 * long in total; `what` begins the error's line. */
int layer_links_follow(struct layer_nodes *n, const char *path, const char *what,
                       char ret[LAYER_PATH_MAX + 1], uint32_t *ret_name, struct err *err);

/* Do the entries read so far hide the lower layers at a path from layer_links_follow? */
bool layer_links_hides(struct layer_nodes *n, const char *path);

/* Is the name a symbolic link? */
static inline bool layer_name_is_symlink(struct layer_nodes *n, uint32_t name)
{
    const struct layer_inode *in = layer_inode_at(n, layer_name_at(n, name)->inode);

    return S_ISLNK(in->data.mode) && !(in->data.flags & INODE_LOWER_LINK);
}

#endif

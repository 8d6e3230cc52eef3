/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbolic links on the way of a path in a layer that is being built. Private to layer_builder.c and
 * layer_emit.c.
 *
 * An archive may make `lib -> usr/lib` and then `lib/x`; who unpacks it puts x into usr/lib. So links that
 * the same layer made are followed, as Linux follows them for a process whose root is the layer's directory:
 * absolute targets begin at that root, ".." stops at it, and forty links are enough. The last component is
 * never followed, for an entry replaces a link.
 *
 * Where a link leads to nothing in this layer, its target is what lower layers have there, or nothing yet.
 * umoci, which unpacks all layers into one directory, makes what is missing where the link points; podman's
 * unpacking refuses the layer, in overlay's diff directories even where a lower layer has the directory. Here
 * the path is what the link says, and the directories on it are made like any that no entry names: they merge
 * with those of lower layers, and neither the link nor anything behind it is lost. ".." leaves what is not
 * there, and what is no directory, without making it one.
 *
 * Links of lower layers are not known here: layers are read apart from each other, and each once for all
 * images that have it.
 */
#ifndef MICA_INDEXING_LAYER_LINKS_H
#define MICA_INDEXING_LAYER_LINKS_H

#include "indexing/layer_nodes.h"
#include "indexing/layer_path.h"

/* Follows the links that the layer has so far on the way to the last component of `path`, which is clean.
 * `ret` is the path without them; *ret_name (may be NULL) the name there, 0 when the layer has none. Makes
 * nothing. -ELOOP, -ENAMETOOLONG: links lead in a circle or too far; -E2BIG: all of the layer's links took
 * too long; `what` begins the error's line. */
int layer_links_follow(struct layer_nodes *n, const char *path, const char *what,
                       char ret[LAYER_PATH_MAX + 1], uint32_t *ret_name, struct err *err);

/* Has the layer, with what was read so far, hidden what lower layers have at a path from layer_links_follow?
 */
bool layer_links_hides(struct layer_nodes *n, const char *path);

/* Does the name stand for a symbolic link? */
static inline bool layer_name_is_symlink(struct layer_nodes *n, uint32_t name)
{
    const struct layer_inode *in = layer_inode_at(n, layer_name_at(n, name)->inode);

    return S_ISLNK(in->data.mode) && !(in->data.flags & INODE_LOWER_LINK);
}

#endif

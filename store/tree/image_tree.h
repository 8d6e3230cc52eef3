/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of an imported image: a mapped index (kind tree) and the layers' contents. A node is its
 * inode's number in the index, so looked-up files use no memory. */
#ifndef MICA_TREE_IMAGE_TREE_H
#define MICA_TREE_IMAGE_TREE_H

#include "tree/index.h"
#include "tree/tree.h"

/* Makes the tree. Takes over `ix` and `layers_fd` on success. `layers_fd` is the directory that holds the
 * layers by the hex digits of their DiffIDs (HEX/pack, HEX/files/N). Packs and files are opened beneath it
 * on first read and kept in a cache of `max_fds` descriptors, so that a thousand layers need no thousand
 * descriptors. */
/* Adds a directory to search for layers that are not in the first `layers_fd`. Takes it over on success. */
int image_tree_also(struct tree *t, int layers_fd);
int image_tree_new(struct index *ix, int layers_fd, unsigned max_fds, struct tree **ret);

/* Gets the layer (bottom = 0) with the metadata of a node, and the content of a file. It is 0 also for a directory that no layer
 * describes: one of root's, 0755, of time 0. */
int image_tree_layer(struct tree *t, uint64_t node, uint32_t *ret);

/* Returns the tree's index, borrowed. */
const struct index *image_tree_index(const struct tree *t);

/* Makes a tree of another index over the layers of `of`, under the same numbers: -EINVAL if they differ. It uses the
 * descriptors of `of`, which must outlive it and gets no further directory; tree_content_put of either tree
 * releases the content of both. Takes over `ix` on success. */
int image_tree_sibling(struct tree *of, struct index *ix, struct tree **ret);

#endif

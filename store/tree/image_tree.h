/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of an imported image: a mapped index (kind tree) and the layers' contents. A node is its inode's
 * number in the index, so an image costs no memory however much of it was looked at. */
#ifndef MICA_TREE_IMAGE_TREE_H
#define MICA_TREE_IMAGE_TREE_H

#include "tree/index.h"
#include "tree/tree.h"

/* `ix` and `layers_fd` are taken over on success. `layers_fd` is the directory that holds the layers by the
 * hex digits of their DiffIDs (HEX/pack, HEX/files/N); what the index's table of layers names is opened
 * beneath it when first read and kept in a cache of `max_fds` descriptors, so that a thousand layers need no
 * thousand descriptors. */
/* Layers that are not in `layers_fd` are looked for in this directory as well; taken over on success. */
int image_tree_also(struct tree *t, int layers_fd);
int image_tree_new(struct index *ix, int layers_fd, unsigned max_fds, struct tree **ret);

#endif

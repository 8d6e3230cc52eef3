/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of an imported image: a mapped index (kind tree) and the layers' contents. */
#ifndef MICA_TREE_IMAGE_TREE_H
#define MICA_TREE_IMAGE_TREE_H

#include "tree/index.h"
#include "tree/tree.h"

/* `ix` is taken over on success. `layer_fds` are directories of the store's layers, bottom first, one per layer in the
 * index's table; taken over on success as well (the array is copied). Contents are opened beneath them when first read
 * and kept in a bounded cache of `max_fds` descriptors. */
int image_tree_new(struct index *ix, const int *layer_fds, uint32_t n_layers, unsigned max_fds, struct tree **ret);

#endif

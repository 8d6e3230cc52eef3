/* SPDX-License-Identifier: Apache-2.0 */
/* Copies an inode of a layer into the index of a tree. */
#ifndef MICA_INDEXING_COPY_INODE_H
#define MICA_INDEXING_COPY_INODE_H

#include "indexing/index_writer.h"
#include "indexing/merge.h"

/* Adds `in`, an inode of `layer`, to `out`, with its attributes and link target. Set the members that depend on the tree
 * before: nlink, parent, the run of names. -EUCLEAN with a line in `err` if the layer is damaged. */
int copy_inode(const struct merge_layer *layers, uint32_t layer, struct index_inode in,
               struct index_writer *out, uint32_t *ret, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a built layer's index: the steps after all entries were read. Private to layer_builder.c. */
#ifndef MICA_INDEXING_LAYER_EMIT_H
#define MICA_INDEXING_LAYER_EMIT_H

#include "indexing/layer_nodes.h"

#define LAYER_AUFS_PREFIX ".wh..wh." /* AUFS's own files: .wh..wh.aufs, .wh..wh.orph, .wh..wh.plnk */

int layer_emit(struct layer_nodes *n, int fd, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_VERIFY_LAYER_PATH_H
#define MICA_VERIFY_LAYER_PATH_H

#include "tree/index.h"

#define LAYER_PATH_MAX 300

/* A path in the layer that leads to an inode, for a line: the end of one that is too long, "?" where the index
 * does not say. Looks through the whole index. */
void layer_path_of(const struct index *ix, uint64_t inode, char ret[LAYER_PATH_MAX]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_VERIFY_LAYER_PATH_H
#define MICA_VERIFY_LAYER_PATH_H

#include "tree/index.h"

#define LAYER_PATH_MAX 300

/* Formats a path of the layer to an inode, for a message: the end of a path that is too long, "?" if the index has
 * none. Searches the whole index. */
void layer_path_of(const struct index *ix, uint64_t inode, char ret[LAYER_PATH_MAX]);

#endif

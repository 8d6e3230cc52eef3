/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_TREE_INDEX_WHERE_H
#define MICA_TREE_INDEX_WHERE_H

#include "tree/index.h"

/* Trees: gets the directory of the first name of `inode`, and that name; -EINVAL for the root. Takes one
 * step if no file has two names, otherwise at most as many steps as there are additional names. */
int index_where(const struct index *ix, uint64_t inode, uint64_t *ret_dir, struct index_name *ret);

#endif

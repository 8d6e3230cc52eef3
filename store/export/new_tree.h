/* SPDX-License-Identifier: Apache-2.0 */
/* Merging the layers of a new image: those in the store, and one of the transaction on top. */
#ifndef MICA_EXPORT_NEW_TREE_H
#define MICA_EXPORT_NEW_TREE_H

#include <stdatomic.h>

#include "disk/store.h"

/* Makes the tree of the stack `diff_ids` (bottom first) in the transaction, unless the store has it.
 * `top_name` is the topmost layer's directory in the transaction, NULL if that layer is in the store too. */
int new_tree(struct store *s, struct tx *tx, const struct digest *diff_ids, size_t n, const char *top_name,
             const atomic_bool *cancel, struct err *err);

#endif

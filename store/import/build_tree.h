/* SPDX-License-Identifier: Apache-2.0 */
/* Making the image tree of a stack whose layers are in the store or in the transaction. */
#ifndef MICA_IMPORT_BUILD_TREE_H
#define MICA_IMPORT_BUILD_TREE_H

#include <stdatomic.h>

#include "import/plan.h"

/* Makes the trees that the store lacks, each once. `cancel` as in import_options. */
int build_trees(struct plan *p, struct tx *tx, const atomic_bool *cancel, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Making the image tree of a stack whose layers are in the store or in the transaction. */
#ifndef MICA_IMPORT_BUILD_TREE_H
#define MICA_IMPORT_BUILD_TREE_H

#include "import/plan.h"

/* Makes the trees that the store does not have, each once. */
int build_trees(struct plan *p, struct tx *tx, struct err *err);

#endif

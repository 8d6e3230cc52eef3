/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_TREE_INDEX_VERIFY_H
#define MICA_TREE_INDEX_VERIFY_H

#include "tree/index.h"

/* Verifies every block and every record, and their consistency: names sorted, one name for each directory,
 * link counts, types. For `verify` and the fuzzers; `err` says which record is wrong. */
int index_verify(const struct index *ix, struct err *err);

#endif

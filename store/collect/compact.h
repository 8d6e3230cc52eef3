/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces packs that are left over (orphans.h) by ones with the needed bytes only, at the same offsets. */
#ifndef MICA_COLLECT_COMPACT_H
#define MICA_COLLECT_COMPACT_H

#include "collect/orphans.h"

/*
 * Finds and replaces them, in a transaction of its own. Takes no lock but that of a transaction's beginning: readers
 * keep the files that they have open, and every layer has a whole pack at any moment. Adds the bytes that this frees
 * to *ret_freed. 0 or a negative errno with a line; what was replaced until then stays.
 */
int compact_packs(struct store *s, uint64_t *ret_freed, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* How many references the kernel has on each node, for nodes of which nothing else is kept: 4 bytes and a bit
 * for each that it knows, given back when it forgets. The bit is whether the file is a large one. Pure; the
 * caller locks. */
#ifndef MICA_UNION_REF_COUNTS_H
#define MICA_UNION_REF_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct ref_counts;

struct ref_counts *ref_counts_new(void);                                       /* NULL without memory */
void ref_counts_free(struct ref_counts *c);                                    /* NULL-safe */
int ref_counts_add(struct ref_counts *c, uint64_t id, uint32_t n, bool large); /* -ENOMEM */
void ref_counts_drop(struct ref_counts *c, uint64_t id, uint64_t n);           /* at most what there is */
uint32_t ref_counts_get(const struct ref_counts *c, uint64_t id);
/* What was last said of it; false where there are no references. */
bool ref_counts_large(const struct ref_counts *c, uint64_t id);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's references on nodes without other state: 4 bytes and a bit each, freed when the kernel forgets
 * them. The bit tells whether the file is large. Pure; the caller locks. */
#ifndef MICA_UNION_REF_COUNTS_H
#define MICA_UNION_REF_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct ref_counts;

struct ref_counts *ref_counts_new(void);                                       /* NULL without memory */
void ref_counts_free(struct ref_counts *c);                                    /* NULL-safe */
int ref_counts_add(struct ref_counts *c, uint64_t id, uint32_t n, bool large); /* -ENOMEM */
void ref_counts_drop(struct ref_counts *c, uint64_t id, uint64_t n);           /* at most the present count */
uint32_t ref_counts_get(const struct ref_counts *c, uint64_t id);
/* Value of `large` in the latest call; false without references. */
bool ref_counts_large(const struct ref_counts *c, uint64_t id);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership of names. An index promises that each directory has a run of names of its own and that each
 * directory has one name. A single record does not prove that, and reading all records at opening would cost
 * the time that the format saves. So the first use of a run, and of a directory's name, is recorded in bits,
 * and a conflicting later use is refused. A walk of any index, even a forged one, thus meets each name at
 * most once for each directory that owns it, and ends.
 *
 * Memory: four bits for an inode with its name, in pages that are touched. Nothing of the index is read.
 * Thread-safe.
 */
#ifndef MICA_TREE_INDEX_CLAIMS_H
#define MICA_TREE_INDEX_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

struct index_claims;

/* Makes a table for inodes 1 .. `inodes` and names 0 .. `names` - 1. NULL on lack of memory. */
struct index_claims *index_claims_new(uint64_t inodes, uint64_t names);
void index_claims_free(struct index_claims *c);

/* Do names first .. first + n - 1 (all in the table) belong to directory `dir` and no other? Records the
 * claim. */
bool index_claims_run(struct index_claims *c, uint64_t dir, uint64_t first, uint64_t n);
/* Is `name` the only name of directory `dir`? Records the claim. */
bool index_claims_dir(struct index_claims *c, uint64_t dir, uint64_t name);

#endif

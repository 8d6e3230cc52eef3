/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To whom names belong. An index says that a directory's names are a run of its own and that a directory has
 * one name. One record does not show that, and reading all of them before the first is used would cost what
 * the format saves. So the first use of a run, and of a directory's name, is noted in a bit each: whoever
 * comes later and claims the same is refused. Hence whoever walks an index, however it was made, meets each
 * of its names at most once for each directory that is its own, and comes to an end.
 *
 * It costs four bits for an inode with its name, of pages that are touched, and reads nothing of the index.
 * Every call is safe from any thread.
 */
#ifndef MICA_TREE_INDEX_CLAIMS_H
#define MICA_TREE_INDEX_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

struct index_claims;

/* For inodes 1 .. `inodes` and names 0 .. `names` - 1. NULL without memory. */
struct index_claims *index_claims_new(uint64_t inodes, uint64_t names);
void index_claims_free(struct index_claims *c);

/* Are names first .. first + n - 1 (all of them there) those of directory `dir`, and of no other? */
bool index_claims_run(struct index_claims *c, uint64_t dir, uint64_t first, uint64_t n);
/* Is `name` the one name of directory `dir`? */
bool index_claims_dir(struct index_claims *c, uint64_t dir, uint64_t name);

#endif

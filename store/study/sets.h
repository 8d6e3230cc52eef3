/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of extended attributes of several indexes, numbered by their content: equal sets have equal numbers. An index stores
 * equal sets once, so that each is read once, however many inodes have it. Private to this folder.
 */
#ifndef MICA_STUDY_SETS_H
#define MICA_STUDY_SETS_H

#include "os/buf.h"
#include "study/key_table.h"
#include "tree/index.h"

/* All zero at first. */
struct study_sets {
    uint64_t seed;           /* of the hashes: an image cannot make many sets of one hash */
    struct buf indexes;      /* const struct index * */
    struct key_table places; /* index's place << 48 | offset of the set */
    struct buf ids;          /* uint32_t, by the places' numbers */
    struct key_table hashes;
    struct buf firsts; /* uint32_t: the first set of a hash, by the hashes' numbers */
    struct buf sets;   /* struct study_set */
};

/* Gets the number of an inode's set, which is not empty. -EUCLEAN, -ENOMEM. */
int study_sets_number(struct study_sets *s, const struct index *ix, const struct index_inode *in,
                      uint32_t *ret);
void study_sets_free(struct study_sets *s);

/* Compares two sets byte by byte, as far as `max` bytes are equal. 1: equal, 0: not, -EAGAIN: equal so far. -EUCLEAN. */
int study_sets_equal(const struct index *ai, const struct index_inode *a, const struct index *bi,
                     const struct index_inode *b, uint64_t max);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Merging the indexes of a stack of layers into a tree, by the rule of resolve.h. Breadth first, so that
 * the inodes of one directory are adjacent; not recursive, so that depth costs no stack. */
#ifndef MICA_INDEXING_MERGE_H
#define MICA_INDEXING_MERGE_H

#include <stdatomic.h>

#include "tree/index.h"

/* One layer of the stack. */
struct merge_layer {
    const struct index *index;
    const uint8_t *digest; /* raw DiffID */
    size_t digest_len;
};

/* Merges `layers` (bottom first) and writes the tree to `fd`; `tmp_dirfd` as in index_writer_new. Checks
 * *cancel (NULL: never) for every name: -ECANCELED. Other errors: a hard link to a name that no lower
 * layer has (-ENOENT), to a directory (-EISDIR) or through too many symbolic links (-ELOOP), more than
 * 2^32 - 2 inodes (-EFBIG), hard links that take too long to follow (-E2BIG), a damaged index (-EUCLEAN);
 * `err` names the layer and the thing. */
int merge_layers(const struct merge_layer *layers, uint32_t n, int tmp_dirfd, int fd,
                 const atomic_bool *cancel, struct err *err);
/* The same, with the names of layers first .. n - 1 only: those beneath give the files of hard links to them, and their
 * numbers in the tree. */
int merge_layers_from(const struct merge_layer *layers, uint32_t n, uint32_t first, int tmp_dirfd, int fd,
                      const atomic_bool *cancel, struct err *err);

#endif

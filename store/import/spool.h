/* SPDX-License-Identifier: Apache-2.0 */
/* Making an archive that cannot be read at any place (a pipe, a compressed file) into one that can: its
 * bytes, decompressed, in an unnamed file that goes away with its descriptor. */
#ifndef MICA_IMPORT_SPOOL_H
#define MICA_IMPORT_SPOOL_H

#include "import/layout.h"

/* Looks at the first bytes of `fd` and gives a descriptor of a seekable, uncompressed file with the same
 * contents: `fd` itself duplicated when it is one already, else a new unnamed file. *ret_size is its size. */
int spool_open(int fd, const struct source_options *opt, int *ret_fd, uint64_t *ret_size, struct err *err);
/* Appends the decompressed bytes of an extent to `out`; *ret_size is how many. */
int spool_unpack(const struct extent *x, const struct source_options *opt, int out, uint64_t *ret_size,
                 struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an archive seekable: copies a pipe or a compressed file, decompressed, to an unnamed file that
 * vanishes with its descriptor. */
#ifndef MICA_IMPORT_SPOOL_H
#define MICA_IMPORT_SPOOL_H

#include "import/layout.h"

/* Detects the format from the first bytes of `fd` and returns a descriptor of a seekable, uncompressed
 * file with the same content: a duplicate of `fd` if it is one, otherwise a new unnamed file. *ret_size is
 * its size. */
int spool_open(int fd, const struct source_options *opt, int *ret_fd, uint64_t *ret_size, struct err *err);
/* Appends the decompressed bytes of an extent to `out`; *ret_size is their number. */
int spool_unpack(const struct extent *x, const struct source_options *opt, int out, uint64_t *ret_size,
                 struct err *err);

#endif

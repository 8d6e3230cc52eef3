/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_GLUE_CONTENT_COPY_H
#define MICA_GLUE_CONTENT_COPY_H

#include <stdint.h>
#include <sys/types.h>

/* Copies up to `len` bytes between two descriptors, sharing them where the file system can. Returns how many,
 * fewer at the end of the source or before an error, or a negative errno when there were none. */
ssize_t content_copy(int from, uint64_t from_off, int to, uint64_t to_off, size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_GLUE_CONTENT_COPY_H
#define MICA_GLUE_CONTENT_COPY_H

#include <stdint.h>
#include <sys/types.h>

/* Copy up to `len` bytes between two descriptors, sharing blocks if the file system can. Returns the number
 * copied, fewer at the end of the source or before an error, or a negative errno if none. */
ssize_t content_copy(int from, uint64_t from_off, int to, uint64_t to_off, size_t len);

#endif

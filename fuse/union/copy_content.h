/* SPDX-License-Identifier: Apache-2.0 */
/* Copying the content of a file: holes stay holes, and where the file system can share blocks it does. */
#ifndef MICA_UNION_COPY_CONTENT_H
#define MICA_UNION_COPY_CONTENT_H

#include <stdint.h>

/* Copies `size` bytes at `offset` of `from` to the beginning of `to`, a file without data that is `to_size`
 * bytes long, and `size` bytes afterwards. 0 or a negative errno. */
int copy_content(int from, uint64_t offset, uint64_t size, int to, uint64_t to_size);

#endif

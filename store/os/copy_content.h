/* SPDX-License-Identifier: Apache-2.0 */
/* Copy the content of a file: holes stay holes, and blocks are shared where the file system can. */
#ifndef MICA_OS_COPY_CONTENT_H
#define MICA_OS_COPY_CONTENT_H

#include <stdint.h>

/* Copy `size` bytes at `offset` of `from`, which has `blocks` of 512 bytes (0: not known), to the beginning of
 * `to`. `to` is `to_size` bytes long without data, and `size` bytes long afterwards. 0 or a negative errno. */
int copy_content(int from, uint64_t offset, uint64_t size, uint64_t blocks, int to, uint64_t to_size);

#endif

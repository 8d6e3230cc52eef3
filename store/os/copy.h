/* SPDX-License-Identifier: Apache-2.0 */
/* Two ways to copy bytes between files: in the kernel, which shares blocks if the file system can; or
 * through a buffer, which always works. */
#ifndef MICA_OS_COPY_H
#define MICA_OS_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Both copy up to `len` bytes and return the number copied: 0 only at the end of the source, or a negative
 * errno. */

/* -EXDEV if the kernel cannot copy between these two files, for any reason. */
ssize_t copy_by_kernel(int from, uint64_t from_off, int to, uint64_t to_off, size_t len);
/* `buf` has room for `len` bytes. */
ssize_t copy_by_hand(int from, uint64_t from_off, int to, uint64_t to_off, void *buf, size_t len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways in which bytes of one file get into another: the kernel copies them, and shares the blocks
 * where the file system can; or they go by way of our memory, which is always possible. */
#ifndef MICA_OS_COPY_H
#define MICA_OS_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Both copy up to `len` bytes, and return how many: 0 only at the end of the source, or a negative errno. */

/* -EXDEV for whatever reason the kernel has not to copy between these two. */
ssize_t copy_by_kernel(int from, uint64_t from_off, int to, uint64_t to_off, size_t len);
/* `buf` has room for `len` bytes. */
ssize_t copy_by_hand(int from, uint64_t from_off, int to, uint64_t to_off, void *buf, size_t len);

#endif

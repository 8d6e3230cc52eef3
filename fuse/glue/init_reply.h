/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Negotiation of capabilities that libfuse (3.14) does not know; the first two are of protocol 7.33.
 *
 * HANDLE_KILLPRIV_V2: the kernel sends with each WRITE and SETATTR whether to drop the file's privileges,
 * instead of reading its attributes before, and remembers that a file has none. SETXATTR_EXT: the same for an
 * access list. (raw_request.h)
 *
 * PASSTHROUGH (7.40), if the mount wants it: the kernel reads and writes a file by itself. (passthrough.h)
 *
 * They are set as flags in the reply to INIT, `struct fuse_init_out` of <linux/fuse.h>; the library's reply
 * is modified on its way out.
 */
#ifndef MICA_GLUE_INIT_REPLY_H
#define MICA_GLUE_INIT_REPLY_H

#include <sys/types.h>
#include <sys/uio.h>

struct glue;

/* Write the reply to INIT, with the additional flags; as writev(2). */
ssize_t init_reply_write(struct glue *g, int fd, const struct iovec *iov, int count);

#endif

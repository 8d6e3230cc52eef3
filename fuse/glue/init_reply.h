/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Agreeing with the kernel on what libfuse (3.14) has no name for; the first two are of protocol 7.33.
 *
 * HANDLE_KILLPRIV_V2: the kernel says with each WRITE and SETATTR whether privileges of the file are to go,
 * instead of asking for the file's attributes before, and remembers that a file has none. SETXATTR_EXT: it
 * says so of an access list, too. (raw_request.h)
 *
 * PASSTHROUGH (7.40), where the mount wants it: the kernel may be told to read and write a file by itself.
 * (passthrough.h)
 *
 * They are agreed on by flags in the answer to INIT, `struct fuse_init_out` of <linux/fuse.h>; the library's
 * answer is changed on its way out.
 */
#ifndef MICA_GLUE_INIT_REPLY_H
#define MICA_GLUE_INIT_REPLY_H

#include <sys/types.h>
#include <sys/uio.h>

struct glue;

/* Writes the answer to INIT, with what is agreed on beyond what the library says; as writev(2). */
ssize_t init_reply_write(struct glue *g, int fd, const struct iovec *iov, int count);

#endif

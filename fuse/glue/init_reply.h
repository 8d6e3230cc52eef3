/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Agreeing with the kernel on what libfuse (3.14) has no name for: HANDLE_KILLPRIV_V2, of protocol 7.33.
 *
 * With it, the kernel says with each WRITE and SETATTR whether privileges of the file are to go
 * (raw_request.h), instead of asking for the file's attributes before, and remembers that a file has none.
 * It is agreed on by a flag in the answer to INIT, `struct fuse_init_out` of <linux/fuse.h>; the library's
 * answer is changed on its way out.
 */
#ifndef MICA_GLUE_INIT_REPLY_H
#define MICA_GLUE_INIT_REPLY_H

#include <fuse_lowlevel.h>

/* To be called when the session is mounted and nothing has been received. 0 or a negative errno. */
int init_reply_watch(struct fuse_session *fuse);

#endif

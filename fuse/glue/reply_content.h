/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies to large reads without a copy in the daemon: the kernel takes the pages from one file's cache through a
 * pipe. libfuse's fuse_reply_data (3.14) is not used: if a page in the middle is unreadable it replies with a short
 * read, and its pipes stay large, which counts against the user's limit on pipes.
 */
#ifndef MICA_GLUE_REPLY_CONTENT_H
#define MICA_GLUE_REPLY_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "glue/context.h"

/* Reply to the calling thread's READ with all of the `len` bytes from `at` of a file. False without a reply,
 * if some bytes are missing or there is no pipe. */
bool reply_content(fuse_req_t req, int fd, uint64_t at, size_t len);

/* Close the calling thread's pipe. Call before the thread ends, and when it is idle. */
void reply_content_release(void);

#endif

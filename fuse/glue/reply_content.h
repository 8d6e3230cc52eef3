/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to large reads that are not copied here: the kernel takes the pages of one file's cache through a
 * pipe. The library (fuse_reply_data of libfuse 3.14) is not used for it: it answers with what there is where
 * a page in the middle cannot be read, and its pipes stay large, which counts for all that the user's pipes
 * may hold.
 */
#ifndef MICA_GLUE_REPLY_CONTENT_H
#define MICA_GLUE_REPLY_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "glue/context.h"

/* Answers the READ that the calling thread is at with all of the `len` bytes from `at` of a file. False: it
 * is not answered, since they were not all there, or there is no pipe for them. */
bool reply_content(fuse_req_t req, int fd, uint64_t at, size_t len);

/* Closes the calling thread's pipe; to be called before it ends, and when it is not needed for a while. */
void reply_content_release(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Answering requests. Each request is answered exactly once; an answer that cannot be delivered (the
 * requester was killed, the mount is gone) needs no care, since nothing is held for it. */
#ifndef MICA_GLUE_REPLY_H
#define MICA_GLUE_REPLY_H

#include "glue/context.h"

/* `r`: a negative errno, or 0 for success without data. */
void reply_error(fuse_req_t req, int r);
/* The same after a change of one or two nodes (0: none), of which something may have been done all the same:
 * the kernel is to ask again for what it knows of them. */
void reply_failed_change(fuse_req_t req, int r, uint64_t node, uint64_t other);
void reply_node(fuse_req_t req, uint64_t node, const struct stat *st);
/* "There is no such name", to be remembered. */
void reply_absent(fuse_req_t req);
void reply_stat(fuse_req_t req, uint64_t node, const struct stat *st);
/* The same after a change by the caller: see reply.c. */
void reply_changed(fuse_req_t req, uint64_t node, const struct stat *st);
void reply_bytes(fuse_req_t req, const void *data, size_t len);

/* What an entry of a listing or a lookup tells the kernel; `node` 0: nothing but type and inode number. */
struct fuse_entry_param reply_entry_param(const struct glue *g, uint64_t node, const struct stat *st);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Replies. Each request gets exactly one; a reply that cannot be delivered (the caller was killed, the mount
 * is gone) needs no cleanup. */
#ifndef MICA_GLUE_REPLY_H
#define MICA_GLUE_REPLY_H

#include "glue/context.h"

/* `r`: a negative errno, or 0 for success without data. */
void reply_error(fuse_req_t req, int r);
/* Reply with an error after a change of one or two nodes (0: none) that may have had effects: invalidates the
 * kernel's caches of them. */
void reply_failed_change(fuse_req_t req, int r, uint64_t node, uint64_t other);
void reply_node(fuse_req_t req, uint64_t node, const struct stat *st);
/* Reply with "no such name", which the kernel may cache. */
void reply_absent(fuse_req_t req);
void reply_stat(fuse_req_t req, uint64_t node, const struct stat *st);
/* Reply with attributes after a change by the caller: see reply.c. */
void reply_changed(fuse_req_t req, uint64_t node, const struct stat *st);
void reply_bytes(fuse_req_t req, const void *data, size_t len);

/* Entry of a listing or a lookup; `node` 0: type and inode number only. */
struct fuse_entry_param reply_entry_param(const struct glue *g, uint64_t node, const struct stat *st);

#endif

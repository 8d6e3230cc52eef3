/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passthrough opens: the kernel passes reads, writes and mappings directly to the backing file (FUSE_PASSTHROUGH,
 * protocol 7.40, Linux 6.9; only root of the initial user namespace may request it).
 *
 * The kernel allows an inode either passthrough opens, all with the same backing file, or cached opens, which go
 * through its page cache and the daemon, and refuses an open of the other kind. So opens are counted here: the first
 * open of an inode is passthrough if its content allows it; while there are passthrough opens all others are, too;
 * while there are cached opens, all others are cached.
 */
#ifndef MICA_GLUE_PASSTHROUGH_H
#define MICA_GLUE_PASSTHROUGH_H

#include <stdbool.h>
#include <stdint.h>

struct passthrough;

enum open_how {
    OPEN_CACHED,      /* the kernel's cache of the file is valid */
    OPEN_CACHED_ANEW, /* the kernel's cache may be stale */
    OPEN_STRAIGHT,
    OPEN_STRAIGHT_WRITES, /* as OPEN_STRAIGHT, and the kernel changes the file from now on */
};

/* `fuse_fd`: the session's, borrowed. NULL without memory. */
struct passthrough *passthrough_new(int fuse_fd);
void passthrough_free(struct passthrough *p); /* NULL-safe */

/* Count an open of `node`, for writing or not, and decide how to reply. `fd`: the file that holds the
 * content, or -1 if there is none; borrowed. *ret_backing is its backing id, for passthrough opens. -ENOMEM
 * without counting. Thread-safe, like all functions here. */
int passthrough_open(struct passthrough *p, uint64_t node, bool writes, int fd, enum open_how *ret,
                     int32_t *ret_backing);
/* Count the end of an open of `node`, or a failed delivery. */
void passthrough_close(struct passthrough *p, uint64_t node);
/* Does the kernel change the file by itself? Then size and times must not be cached. NULL-safe: no. */
bool passthrough_writes(struct passthrough *p, uint64_t node);

#endif

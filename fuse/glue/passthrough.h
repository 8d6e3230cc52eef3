/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens whose reads, writes and mappings the kernel takes straight to the file that holds the content
 * (FUSE_PASSTHROUGH, protocol 7.40, Linux 6.9; only the machine's own root may ask for it).
 *
 * The kernel allows an inode either opens of that kind, all of the same backing file, or opens that go
 * through its page cache and the daemon, and refuses an open that does not fit. So opens are counted here: an
 * inode gets its first open straight through where its content allows it, and while there are such opens all
 * others are, too; while there are cached opens, all others are cached.
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

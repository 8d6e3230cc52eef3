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
    OPEN_CACHED,      /* what the kernel has cached of the file is right */
    OPEN_CACHED_ANEW, /* it may be old */
    OPEN_STRAIGHT,
    OPEN_STRAIGHT_WRITES, /* and from now on the kernel changes the file by itself */
};

/* `fuse_fd`: the session's, borrowed. NULL without memory. */
struct passthrough *passthrough_new(int fuse_fd);
void passthrough_free(struct passthrough *p); /* NULL-safe */

/* Counts an open of `node`, for writing or not, and says how it is to be answered. `fd`: the file that holds
 * the content, or -1 where it is not to be had; borrowed. *ret_backing is the kernel's number for it, for
 * opens that go straight. Without memory -ENOMEM, and nothing is counted. Thread-safe, like all here. */
int passthrough_open(struct passthrough *p, uint64_t node, bool writes, int fd, enum open_how *ret,
                     int32_t *ret_backing);
/* An open of `node` is gone, or was not delivered. */
void passthrough_close(struct passthrough *p, uint64_t node);
/* Does the kernel change the file by itself? Then nothing that we say of its size and times stays true.
 * NULL-safe: no. */
bool passthrough_writes(struct passthrough *p, uint64_t node);

#endif

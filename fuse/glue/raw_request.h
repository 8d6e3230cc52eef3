/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request says beyond what libfuse (3.14) passes on, read from its bytes before the library gets them.
 * The protocol is that of <linux/fuse.h>, 7.33 and later.
 *
 * - The kernel says with a WRITE or SETATTR that set-user-ID and set-group-ID bits are to go, once
 *   HANDLE_KILLPRIV_V2 is agreed on (init_reply.h).
 * - SETXATTR says of an access list that the set-group-ID bit is to go, once SETXATTR_EXT is agreed on. It is
 *   longer by that, which the library does not know, so it is made what it was before.
 * - TMPFILE (7.37) is not known to the library. It has the body of a CREATE, so it is made one, with an empty
 *   name: no real CREATE has that.
 * - INIT says all that the kernel can do.
 */
#ifndef MICA_GLUE_RAW_REQUEST_H
#define MICA_GLUE_RAW_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw_request {
    uint64_t offered; /* INIT: the kernel's flags */
    bool kill_priv;   /* WRITE, SETATTR: drop set-user-ID and set-group-ID */
    bool kill_sgid;   /* SETXATTR: drop set-group-ID */
    uint64_t unique;  /* number of the request */
};

/* Parse a request of `len` bytes, and convert it as described above; `agreed`: the flags of the INIT reply
 * (init_reply.h). Returns the new length. A request too short for its opcode sets nothing. */
size_t raw_request_read(void *request, size_t len, uint32_t agreed, struct raw_request *ret);

/* Parse the request that the calling thread is about to answer; as raw_request_read. */
size_t raw_request_begin(void *request, size_t len, uint32_t agreed);
const struct raw_request *raw_request_current(void);

#endif

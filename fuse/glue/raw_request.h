/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a request that libfuse (3.14) does not pass on, read from its bytes before the library gets them.
 * The protocol is that of <linux/fuse.h>, 7.33 and later.
 *
 * - WRITE and SETATTR have a flag to clear set-user-ID and set-group-ID, once HANDLE_KILLPRIV_V2 is negotiated
 *   (init_reply.h).
 * - SETXATTR of an access list has a flag to clear set-group-ID, once SETXATTR_EXT is negotiated. That makes
 *   the request longer than the library expects, so it is shortened to the old form.
 * - TMPFILE (7.37) is unknown to the library. It has the body of a CREATE, so it is turned into one with an
 *   empty name, which no real CREATE has.
 * - INIT has the kernel's abilities.
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

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
    bool kill_priv;   /* WRITE, SETATTR: set-user-ID and set-group-ID bits are to go */
    bool kill_sgid;   /* SETXATTR: the set-group-ID bit is to go */
    uint64_t unique;  /* what its answer is to name */
};

/* Reads the `len` bytes of a request, and may change them as said above; `agreed`: the flags of INIT's answer
 * (init_reply.h). Returns their new number. What is too short for what it says it is says nothing. */
size_t raw_request_read(void *request, size_t len, uint32_t agreed, struct raw_request *ret);

/* The request that the calling thread is answering; as raw_request_read. */
size_t raw_request_begin(void *request, size_t len, uint32_t agreed);
const struct raw_request *raw_request_current(void);

#endif

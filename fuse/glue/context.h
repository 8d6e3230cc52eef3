/* SPDX-License-Identifier: Apache-2.0 */
/* What every request handler needs; the userdata of the FUSE session. */
#ifndef MICA_GLUE_CONTEXT_H
#define MICA_GLUE_CONTEXT_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

#include "glue/statistics.h"
#include "union/id_map.h"
#include "union/union.h"

/* Names and attributes that may be kept for a day are taken to stay for good: then listings and contents may
 * be kept as well. An image says for ever, live directories a second. */
#define TIMEOUT_FOR_GOOD 86400

/* The most that a READ or WRITE carries, in bytes. What is larger may not stay in the processor's cache
 * between being received and being written: writes of a MiB were up to three times slower on a busy machine,
 * and no faster on a quiet one. */
#define REQUEST_MAX (256u << 10)

struct job_pool;
struct receiver;

struct glue {
    struct un *un; /* borrowed, as is the session */
    struct fuse_session *fuse;
    struct receiver *receiver;
    struct job_pool *reads;   /* what waits for a disk */
    struct job_pool *changes; /* what waits for a copy, or until something is durable: much longer */
    struct id_map uids, gids; /* borrowed: owners on disk and shown (owners.h) */
    bool static_nlink;        /* directories show one link */
    double timeout;           /* seconds for which the kernel may keep names and attributes */
    bool writable;
    bool want_passthrough;
    bool may_splice;   /* answers may go past the library, which then tells nothing of them */
    unsigned max_read; /* as the library has it of the mount options: it wants to hear it twice */
    bool want_acl;     /* the kernel is to apply POSIX access lists */
    bool show_trusted; /* root sees trusted.* */
    bool initial;      /* the daemon, and so who is its root, is of the machine's first user namespace */
    bool checks;       /* the kernel checks permissions */
    bool may_refuse;   /* there may be files that the daemon cannot read: whoever opens one is to hear it */
    bool no_open;      /* chosen in INIT: opens are not answered, files have no state here */
    bool no_opendir;   /* likewise for directories */
    struct passthrough *passthrough; /* NULL: all goes through here (passthrough.h) */
    bool initialized;                /* INIT has been handled */
    bool init_answered; /* and its answer is out; this and the next are set before there are threads */
    uint32_t agreed;    /* the first 32 flags of that answer; 0 where nobody watched (init_reply.h) */
    struct statistics statistics;
};

/* Does nothing change what the kernel has kept but requests of the kernel's own? */
static inline bool glue_is_coherent(const struct glue *g)
{
    return g->timeout >= TIMEOUT_FOR_GOOD;
}

static inline struct glue *glue_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* State shared by all request handlers; the userdata of the FUSE session. */
#ifndef MICA_GLUE_CONTEXT_H
#define MICA_GLUE_CONTEXT_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

#include "glue/statistics.h"
#include "union/id_map.h"
#include "union/union.h"

/* Limit of a READ or WRITE in bytes. Larger ones may leave the processor's cache between receive and write:
 * writes of a MiB were up to three times slower on a busy machine, and no faster on a quiet one. */
#define REQUEST_MAX (256u << 10)

struct job_pool;
struct receiver;

struct glue {
    struct un *un; /* borrowed, as is the session */
    struct fuse_session *fuse;
    struct receiver *receiver;
    struct job_pool *reads;   /* for requests that wait for a disk */
    struct job_pool *changes; /* for requests that wait for a copy or a sync, which take much longer */
    struct id_map uids, gids; /* borrowed: maps of owners (owners.h) */
    bool static_nlink;        /* directories show one link */
    double timeout;           /* seconds for which the kernel may keep names and attributes */
    bool coherent; /* all changes are requests of the kernel's: it may keep what it knows for ever */
    bool writable;
    bool want_passthrough;
    bool may_splice;                 /* replies may bypass the library, which then does not log them */
    unsigned max_read;               /* as in the library's mount options, which must match INIT */
    bool want_acl;                   /* the kernel applies POSIX access lists */
    bool show_trusted;               /* root sees trusted.* */
    bool initial;                    /* the daemon runs in the initial user namespace */
    bool checks;                     /* the kernel checks permissions */
    bool may_refuse;                 /* the daemon may be unable to read some files: their opens fail */
    bool no_open;                    /* decided in INIT: OPEN is not answered, files have no state here */
    bool keeps_listings;             /* the kernel may keep listings without asking again */
    bool no_opendir;                 /* the same for OPENDIR, where it may keep listings */
    struct passthrough *passthrough; /* NULL: no passthrough (passthrough.h) */
    bool initialized;                /* INIT has been handled */
    bool init_answered; /* the reply is written; this and `agreed` are set before threads start */
    uint32_t agreed;    /* the first 32 flags of the INIT reply; 0 if it was not intercepted (init_reply.h) */
    struct statistics statistics;
};

static inline struct glue *glue_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

#endif

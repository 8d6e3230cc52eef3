/* SPDX-License-Identifier: Apache-2.0 */
/* One mount: made, served, ended. */
#ifndef MICA_GLUE_SESSION_H
#define MICA_GLUE_SESSION_H

#include <stdbool.h>

#include "glue/wake_policy.h"
#include "os/err.h"
#include "union/mount_options.h"
#include "union/union.h"

struct session;

struct session_config {
    struct un *un;          /* borrowed: must outlive the session */
    const char *mountpoint; /* absolute, or /dev/fd/N where a helper has mounted already */
    const char *fsname;     /* the source that mount(8) shows */
    const char *subtype;    /* fuse.SUBTYPE */
    bool allow_other, default_permissions;
    bool writable;
    bool may_refuse; /* the daemon may be unable to read something in `un` */
    bool suid, dev;
    bool passthrough;               /* opens go straight to the content where they may (passthrough.h) */
    bool acl;                       /* apply POSIX access lists; only with default_permissions */
    bool show_trusted;              /* root may see trusted.* */
    bool initial;                   /* this is the machine's first user namespace */
    struct id_map uids, gids;       /* how owners are shown; their ranges are borrowed */
    bool static_nlink;              /* directories show one link, whatever is in them */
    bool debug;                     /* the library writes every request to standard error */
    double timeout;                 /* seconds that names and attributes may be kept */
    unsigned max_read;              /* bytes of a READ; 0: as many as the kernel likes */
    unsigned threads;               /* that answer requests; 1 .. MOUNT_OPTIONS_MAX_THREADS */
    struct wake_policy wake;        /* how to wait for requests */
    const struct text_list *passed; /* more options for the library and mount(2) */
};

/* What happens while a session runs; called on the thread that runs it. */
struct session_events {
    /* The mount is usable. A negative errno ends the session. */
    int (*ready)(void *data);
    /* SIGUSR1: one line about the requests so far. */
    void (*report)(void *data, const char *line);
    /* Nobody has asked for a second (with one thread); then `again`, each time that the rest has lasted for
     * as many milliseconds longer as were answered. -1: not until somebody has asked. */
    int (*rest)(void *data, bool again);
    void *data;
};

/* Mounts. Nothing is answered before session_run, so nobody must look at the mount before that. */
int session_mount(const struct session_config *config, struct session **ret, struct err *err);

/* Answers requests until the mount is gone or a signal asks for the end (signals.h). 0, or a negative errno
 * when the mount ended by an error; -EPROTONOSUPPORT: `passthrough` was wanted, and the kernel has none. */
int session_run(struct session *s, const struct session_events *events);

/* Unmounts, if that has not happened, and frees. NULL-safe. */
void session_end(struct session *s);

/* "3.14.0" */
const char *session_library_version(void);

#endif

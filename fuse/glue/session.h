/* SPDX-License-Identifier: Apache-2.0 */
/* One mount: mounts, serves, unmounts. */
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
    const char *mountpoint; /* absolute, or /dev/fd/N from a mount helper */
    const char *fsname;     /* the source that mount(8) shows */
    const char *subtype;    /* fuse.SUBTYPE */
    bool allow_other, default_permissions;
    bool writable;
    bool may_refuse; /* some files of `un` may be unreadable to the daemon */
    bool suid, dev;
    bool passthrough;         /* use passthrough for opens where possible (passthrough.h) */
    bool acl;                 /* apply POSIX access lists; only with default_permissions */
    bool show_trusted;        /* root may see trusted.* */
    bool initial;             /* this is the initial user namespace */
    struct id_map uids, gids; /* maps of owners; their ranges are borrowed */
    bool static_nlink;        /* directories always show one link */
    bool debug;               /* the library logs every request to standard error */
    double timeout;           /* seconds of the kernel's caches for names and attributes */
    bool coherent;            /* nothing changes but by requests: listings and contents are cached too */
    unsigned max_read;        /* bytes of a READ; 0: the kernel's limit */
    unsigned threads;         /* that serve requests; 1 .. MOUNT_OPTIONS_MAX_THREADS */
    struct wake_policy wake;  /* how to wait for requests */
    const struct text_list *passed; /* more options for the library and mount(2) */
};

/* Callbacks of a session, called on the main thread. */
struct session_events {
    /* The mount is usable. A negative errno ends the session. */
    int (*on_ready)(void *data);
    /* SIGUSR1: one line of request counts. */
    void (*report)(void *data, const char *line);
    /* The mount has been idle for a second (with one thread); returns the milliseconds until the next call,
     * with `again`, if it stays idle. -1: not before another request. */
    int (*rest)(void *data, bool again);
    void *data;
};

/* Mount. Nobody may access the mount before session_run, which serves it. */
int session_mount(const struct session_config *config, struct session **ret, struct err *err);

/* Serve until the mount is gone or a signal ends it (signals.h). 0, or a negative errno if an error ended it;
 * -EPROTONOSUPPORT: `passthrough` was requested, and the kernel does not support it. */
int session_run(struct session *s, const struct session_events *events);

/* Unmount, unless done, and free. NULL-safe. */
void session_end(struct session *s);

/* "3.14.0" */
const char *session_library_version(void);

#endif

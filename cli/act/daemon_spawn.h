/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting micafs. It is looked for beside mica's own executable, then where a build tree has it, then in
 * PATH.
 *
 * The daemon gets the write end of a pipe (--ready-fd). It sends one NUL byte once the mount is usable, or
 * the line that says why there will be none. The end of the pipe without either means that it died, or
 * complained on standard error before it knew of the pipe.
 */
#ifndef MICA_ACT_DAEMON_SPAWN_H
#define MICA_ACT_DAEMON_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/buf.h"
#include "os/err.h"

struct daemon_request {
    const char *store;       /* absolute path */
    const char *image;       /* name or digest; NULL: that of the branch */
    const char *branch;      /* NULL: none */
    const char *branch_make; /* which branches are made: a value of micafs's option of that name, or NULL */
    const char *options;     /* what -o said, or NULL; passed on as it is */
    const char *mountpoint;
    bool tied;  /* it ends, and with it the mount, when the process that starts it does */
    pid_t *pid; /* where to leave its process id, or NULL */
};

/* "store=S[,image=I][,branch=B][,branch_make=M][,OPTIONS]" with what would end a value escaped. 0 or -ENOMEM.
 * Pure. */
int daemon_options(const struct daemon_request *req, struct buf *ret);

/* Starts it and waits until the mount is usable. On failure `err` holds a line, or nothing where the daemon
 * has spoken. */
int daemon_start(const struct daemon_request *req, struct err *err);

/* Becomes micafs with these words: tries the places in turn, and only returns, with a negative errno, when
 * none has it. */
int exec_micafs(char *const *argv, struct err *err);

/* Becomes the daemon, in the foreground. Returns only when that fails. */
int daemon_exec(const struct daemon_request *req, struct err *err);

#endif

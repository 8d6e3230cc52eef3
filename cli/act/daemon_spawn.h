/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start micafs. It is searched for beside mica's own executable, then at its place in a build tree, then in
 * PATH.
 *
 * The daemon gets the write end of a pipe (--ready-fd). It sends one NUL byte when the mount is usable, or an
 * error line. End-of-file without either means that it died, or reported an error on standard error before it
 * parsed --ready-fd.
 */
#ifndef MICA_ACT_DAEMON_SPAWN_H
#define MICA_ACT_DAEMON_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/buf.h"
#include "os/err.h"

struct daemon_request {
    const char *store;       /* absolute path */
    const char *also;        /* as store_also_joined(); NULL: what environment and mica.conf say */
    const char *image;       /* name or digest; NULL: the branch's image */
    const char *branch;      /* NULL: none */
    const char *branch_make; /* value of micafs's option branch_make, or NULL */
    const char *options;     /* value of -o, or NULL; passed on unchanged */
    const char *mountpoint;
    bool tied;  /* the daemon and its mount end with the starting process */
    pid_t *pid; /* receives the daemon's process id, or NULL */
};

/* Build "store=S[,image=I][,branch=B][,branch_make=M][,OPTIONS]" with separators escaped. 0 or -ENOMEM.
 * Pure. */
int daemon_options(const struct daemon_request *req, struct buf *ret);

/* Start the daemon and wait until the mount is usable. On failure `err` has a line, or none if the daemon has
 * reported the error. */
int daemon_start(const struct daemon_request *req, struct err *err);

/* Execute micafs with these words from the first place that has it. Returns only on failure, with a negative
 * errno. */
int exec_micafs(char *const *argv, struct err *err);

/* The program that exec_micafs would become: its path in fresh memory, or NULL. */
char *daemon_find(void);

/* Become the daemon, in the foreground. Returns only on failure. */
int daemon_exec(const struct daemon_request *req, struct err *err);

#endif

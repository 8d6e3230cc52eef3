/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becoming a daemon, and telling the starter how it went.
 *
 * The starter waits at a pipe. It gets one NUL byte once the mount is usable, or one line of text that says
 * why there is none; then the pipe is closed. An end without either means that the daemon died. The starter
 * is our own parent process (readiness_fork), or another program that left us a descriptor (readiness_adopt).
 */
#ifndef MICA_GLUE_READINESS_H
#define MICA_GLUE_READINESS_H

#include <stdbool.h>

#include "os/err.h"

struct readiness {
    int fd;      /* -1: no starter waits */
    bool detach; /* leave the terminal and the starter's descriptors once ready */
};

#define READINESS_NONE                                                                                       \
    {                                                                                                        \
        -1, false                                                                                            \
    }

/* Forks. In the daemon: 0, with *ret filled. In the parent, only when it is over: 1 when the daemon is ready,
 * a negative errno with the daemon's own line in `err` when it failed. */
int readiness_fork(struct readiness *ret, struct err *err);

/* Takes over the descriptor that another program waits at. */
int readiness_adopt(int fd, bool detach, struct readiness *ret, struct err *err);

/*
 * Report that the mount is usable: detaches first (new session, descriptors 0, 1 and 2 to /dev/null, working
 * directory /). -EPIPE when the starter is gone.
 *
 * Until then the daemon stays in its starter's process group: while systemd's automount waits for the mount,
 * only that group may walk to the mount point without waiting.
 */
int readiness_tell(struct readiness *r);

/* Report that there is no mount. False if no starter waits: the caller prints the message. */
bool readiness_fail(struct readiness *r, const struct err *err);

#endif

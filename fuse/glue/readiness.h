/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becomes a daemon, and reports the result to the starter.
 *
 * The starter reads from a pipe: one NUL byte when the mount is usable, or one line of text with the reason for a
 * failure; then the pipe is closed. End-of-file without either means that the daemon died. The starter is the parent
 * process (readiness_fork), or another program that passed a descriptor (readiness_adopt).
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

/* Forks. In the daemon: 0, with *ret set. In the parent, at the end of the start: 1 if the daemon is ready, a
 * negative errno with the daemon's line in `err` if it failed. */
int readiness_fork(struct readiness *ret, struct err *err);

/* Takes over the descriptor of the pipe from the starter. */
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

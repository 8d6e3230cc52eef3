/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copy one stream in a thread: a container gets pipes or a terminal made by mica, and never the caller's
 * descriptors, which it could read, seek or truncate.
 *
 * The caller's descriptors are shared with other processes, so the pump neither changes their O_NONBLOCK nor
 * relies on it. Each stream has a thread because its reads and writes can block, which must not delay other
 * streams or signals.
 */
#ifndef MICA_CONTAINER_RUN_PUMP_H
#define MICA_CONTAINER_RUN_PUMP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define RUN_PUMP_BUFFER (128u << 10) /* larger than a pipe's capacity */

enum run_pump_kind {
    PUMP_OUT,   /* from a pipe of mica's to the caller */
    PUMP_IN,    /* from the caller to a pipe of mica's */
    PUMP_SHOWN, /* from a terminal of mica's to the caller */
    PUMP_TYPED, /* from the caller to a terminal of mica's */
};

struct run_pump {
    enum run_pump_kind kind;
    int from, to; /* the pump closes mica's side when it no longer needs it */
    int stop;     /* eventfd: stop after the data that is there now */
    int ended;    /* eventfd of the owner, signalled when this pump ends */
    bool started;
    atomic_bool done;
    bool read_failed; /* `error` is from read(2), else from write(2) */
    int error;        /* errno that ended the pump, 0: none; valid once it is done */
    pthread_t thread;
    char *data;
};

#define RUN_PUMP_NONE                                                                                        \
    {                                                                                                        \
        .from = -1, .to = -1, .stop = -1                                                                     \
    }

/* Start the pump; it takes over mica's descriptor even on failure. 0 or a negative errno. */
int run_pump_start(struct run_pump *p, enum run_pump_kind kind, int from, int to, int ended);
/* Call it when no relevant writer is left: the pump ends after copying the pending data. */
void run_pump_finish(struct run_pump *p);
bool run_pump_is_done(const struct run_pump *p); /* true also for a pump that was not started */
/* Stop the pump at once and join its thread. Returns the pump's errno (0: none). */
int run_pump_end(struct run_pump *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies one stream of bytes in a thread of its own: a container has pipes or a terminal of mica's making,
 * and never the caller's descriptors themselves, with which it could read, rewind or cut what is the
 * caller's.
 *
 * The caller's descriptors are shared with other processes, so their O_NONBLOCK is neither changed nor relied
 * on. Each stream has a thread because a read or write of them may wait for as long as it likes, and then
 * holds up neither the other streams nor signals.
 */
#ifndef MICA_CONTAINER_RUN_PUMP_H
#define MICA_CONTAINER_RUN_PUMP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define RUN_PUMP_BUFFER (128u << 10) /* more than a pipe holds */

enum run_pump_kind {
    PUMP_OUT,   /* from a pipe of ours to the caller */
    PUMP_IN,    /* from the caller to a pipe of ours */
    PUMP_SHOWN, /* from a terminal of ours to the caller */
    PUMP_TYPED, /* from the caller to a terminal of ours */
};

struct run_pump {
    enum run_pump_kind kind;
    int from, to; /* the one that is ours is closed by the pump, once it has no more use for it */
    int stop;     /* eventfd: what is there now is the last */
    int ended;    /* eventfd of the owner: this pump has ended */
    bool started;
    atomic_bool done;
    bool read_failed; /* else it was to write */
    int error;        /* errno that ended it, 0: none. Valid once it is done */
    pthread_t thread;
    char *data;
};

#define RUN_PUMP_NONE                                                                                        \
    {                                                                                                        \
        .from = -1, .to = -1, .stop = -1                                                                     \
    }

/* Starts copying; takes over the descriptor that is ours also when it fails. 0 or a negative errno. */
int run_pump_start(struct run_pump *p, enum run_pump_kind kind, int from, int to, int ended);
/* Nobody writes any more whose output is waited for: it ends once it has copied what is there. */
void run_pump_finish(struct run_pump *p);
bool run_pump_is_done(const struct run_pump *p); /* true, too, of one that was not started */
/* Ends it wherever it is, and waits for that. Returns the errno that it had come to (0: none). */
int run_pump_end(struct run_pump *p);

#endif

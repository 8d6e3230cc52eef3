/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for the next request.
 *
 * A thread that sleeps has to be woken by the program that asks, and that program by the answer. Where the
 * processor of either has halted meanwhile, as on virtual machines, each wake-up costs more than the request.
 * The only receiver of a mount has two ways around it, between which the policy chooses (wake_policy.h):
 *
 * - WAKE_LOOK: it looks for requests some tens of microseconds before it sleeps, as a program that walks a
 *   tree asks again within that time. It looks only while requests do come that quickly.
 * - WAKE_FOLLOW: it works on the processor of the program that asks, and sleeps at once (follow.h). A request
 *   then costs changes of thread on one processor, and wakes none.
 *
 * A mount at rest costs nothing either way.
 */
#ifndef MICA_GLUE_RECEIVE_H
#define MICA_GLUE_RECEIVE_H

#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdbool.h>

#include "glue/follow.h"
#include "glue/statistics.h"
#include "glue/wake_measure.h"
#include "glue/wake_policy.h"

struct receiver {
    struct fuse_session *fuse; /* borrowed, as is the next */
    struct statistics *statistics;
    pthread_t thread; /* the receiving thread */
    bool alone;       /* no other thread receives */
    bool may_look;    /* alone, and not with one processor */
    unsigned quick;   /* frequency of quick requests lately; 0 .. a limit */
    bool at_rest;     /* the caller was told that the mount is idle */
    bool rested;      /* and has answered with next_ms */
    int next_ms;      /* delay until the next -ETIME; -1: never */
    struct wake_policy policy;
    struct wake_measure window;
    pid_t latest;                    /* the program of the latest request; 0: the kernel's own */
    unsigned find_after, until_find; /* requests between looks where the program is, and until the next */
    struct follower follower;
};

/* Initialize for the calling thread: the only receiver (`alone`), or one of several. */
void receiver_init(struct receiver *r, struct fuse_session *fuse, bool alone, struct wake_policy policy,
                   struct statistics *statistics);

/* Write pending replies, and restore the thread's processors. */
void receiver_end(struct receiver *r);

/* Receive a request into `buf`, as fuse_session_receive_buf: its length, 0 when the mount is gone, or a
 * negative errno: -EINTR after a signal; -ETIME after a second without requests (only receiver), and again
 * after `next_ms`. */
int receiver_next(struct receiver *r, struct fuse_buf *buf);

/* Write a reply, or have it written: *ret as of writev(2). False: the caller writes it. Safe from any thread;
 * takes only the receiver's replies. */
bool receiver_write(struct receiver *r, const struct iovec *iov, int count, ssize_t *ret);

/* As follow_processors. */
const cpu_set_t *receiver_processors(const struct receiver *r);

#endif

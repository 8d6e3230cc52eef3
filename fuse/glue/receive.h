/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits for the next request.
 *
 * A sleeping thread has to be woken by the program that sends a request, and the program by the reply. If one's
 * processor has halted meanwhile, as on virtual machines, each wake-up costs more than the request. The only
 * receiver of a mount has two ways around it, and the policy chooses between them (wake_policy.h):
 *
 * - WAKE_LOOK: it polls for some tens of microseconds before it sleeps, because a program that walks a tree
 *   sends its next request within that time. It polls only while requests do arrive that quickly.
 * - WAKE_FOLLOW: it runs on the processor of the program that sends requests, and sleeps at once (follow.h). A
 *   request then costs thread switches on one processor, and wakes no other.
 *
 * An idle mount takes no processor time either way.
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
    unsigned find_after, until_find; /* requests between two checks of the program's processor, and until the
                                      * next */
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

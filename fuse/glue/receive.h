/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for the next request.
 *
 * A thread that sleeps has to be woken by whoever asks, who waits for the answer meanwhile: on a virtual
 * machine that costs about as much as answering. A program that walks a tree asks again within some tens of
 * microseconds, so a receiver looks for that long before it sleeps, and only while requests do come that
 * quickly: a mount at rest costs nothing, and neither does one that is asked now and then.
 */
#ifndef MICA_GLUE_RECEIVE_H
#define MICA_GLUE_RECEIVE_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

struct receiver {
    struct fuse_session *fuse; /* borrowed */
    bool alone;                /* no other thread receives */
    bool may_look;             /* alone, and not with one processor */
    unsigned quick;            /* how usual quick requests have been of late; 0 .. a limit */
    bool at_rest;              /* the caller was told that nobody asks */
};

/* For the only thread that receives (`alone`), or for one of several. */
void receiver_init(struct receiver *r, struct fuse_session *fuse, bool alone);

/* The next request into `buf`, as fuse_session_receive_buf: its length, 0 when the mount is gone, or a
 * negative errno: -EINTR after a signal; -ETIME once when none has come for a second (to the only receiver).
 */
int receiver_next(struct receiver *r, struct fuse_buf *buf);

#endif

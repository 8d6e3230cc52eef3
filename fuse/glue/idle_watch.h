/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the receiver under SCHED_IDLE, and ends that if it gets no processor while a program waits.
 *
 * For the reason see replier.h: the scheduler leaves a program on its processor if that runs only SCHED_IDLE threads.
 * A thread that may leave SCHED_IDLE again (CAP_SYS_NICE, or RLIMIT_NICE) needs no second thread for it. Any other
 * thread on the processor can starve it while it holds a lock or has read a request. So a watchdog, a thread under
 * the normal policy, checks every few milliseconds while requests arrive, and returns a receiver without progress to
 * the normal policy. A program waits for it for at most three times IDLE_WATCH_MS, plus the time that a thread with
 * its fair share takes to run.
 *
 * All functions are called by one thread, the receiver.
 */
#ifndef MICA_GLUE_IDLE_WATCH_H
#define MICA_GLUE_IDLE_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

/* The watchdog's interval. */
#define IDLE_WATCH_MS 5

enum idle_step {
    IDLE_WAITS,   /* for a request: it is late if one can be read */
    IDLE_WORKS,   /* reads a request, or works on it: it is late if this takes long */
    IDLE_ANSWERS, /* replies to a program, which may have the processor now: late if that does not run, or as
                   * in IDLE_WAITS */
};

struct idle_watch;

/* For the calling thread, which receives from `fd` (borrowed). The watchdog starts here and inherits the
 * thread's processors. NULL if the thread may not leave SCHED_IDLE again, is not under SCHED_OTHER, or without
 * memory. */
struct idle_watch *idle_watch_new(int fd);

/* Leave SCHED_IDLE, and end the watchdog. NULL-safe. */
void idle_watch_free(struct idle_watch *w);

/* Enter SCHED_IDLE (does nothing if entered), or leave it. */
void idle_watch_enter(struct idle_watch *w);
void idle_watch_leave(struct idle_watch *w);

/* Begin a step. `program`: the thread that gets the reply. */
void idle_watch_step(struct idle_watch *w, enum idle_step step, pid_t program);

/* Has the watchdog put the thread back under the normal policy since idle_watch_enter? */
bool idle_watch_is_late(const struct idle_watch *w);

/* No request will come for a while: the watchdog sleeps until the next step. */
void idle_watch_rest(struct idle_watch *w);

#endif

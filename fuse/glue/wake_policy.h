/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides how the receiver waits for requests, from what it measured. Pure: no clock, no system call.
 *
 * There are two ways to wait (receive.h). Which is cheaper depends on the machine (what waking a halted
 * processor costs) and on who asks (one program or several, a busy machine or an idle one), so the policy
 * tries the other way now and then for two windows of requests: the first lets program and daemon settle, the
 * second is measured. The other way is kept when it is cheaper by a tenth; to follow with answers handed over
 * only when that is cheaper by a third, as it does worse than its trials where the program is often moved. After each failed trial the next
 * one comes twice as late, up to a limit, so that trials cost nothing measurable. A window in which requests
 * or answers were kept waiting for a processor ends the followed way at once.
 */
#ifndef MICA_GLUE_WAKE_POLICY_H
#define MICA_GLUE_WAKE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* Requests in a window. */
#define WAKE_WINDOW 64

enum wake_way {
    WAKE_LOOK,   /* look for a while, then sleep; on any processor */
    WAKE_FOLLOW, /* sleep on the processor of the program that asks */
};

/* A window of requests, possibly cut short because of `late`. */
struct wake_window {
    uint64_t cycle_ns; /* mean time from one request to the next */
    bool late;         /* a request or a reply waited for a busy processor */
    bool can_follow;   /* the caller's processor is known and allowed */
    bool hands_over;   /* another thread would write the answers */
};

struct wake_policy {
    enum wake_way way;  /* for the next window */
    bool only;          /* `way` was chosen by the user */
    unsigned trial;     /* windows left of the present trial: 2, 1; 0: no trial */
    unsigned wait;      /* windows until the next trial */
    unsigned pause;     /* windows between trials; grows */
    bool was_late;      /* the last trial ended so */
    uint64_t before_ns; /* the last window before the trial */
};

/* Starts with WAKE_LOOK. */
struct wake_policy wake_policy_new(void);
/* Always use `way`. */
struct wake_policy wake_policy_fixed(enum wake_way way);

/* Evaluate a window, and return the way for the next one (p->way). */
enum wake_way wake_policy_learn(struct wake_policy *p, const struct wake_window *w);

/* Records that the mount was idle: the next program may differ, so the next trial is soon; less so if the last one
 * was late, because lateness costs most, and other programs cause it. */
void wake_policy_rest(struct wake_policy *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/wake_policy.h"

/* Windows between trials: initial and maximal. */
#define PAUSE_MIN 4
#define PAUSE_MAX 1024

/* A trial is a window to settle and one to measure. */
#define TRIAL_WINDOWS 2

struct wake_policy wake_policy_new(void)
{
    return (struct wake_policy){.way = WAKE_LOOK, .wait = 1, .pause = PAUSE_MIN};
}

struct wake_policy wake_policy_fixed(enum wake_way way)
{
    return (struct wake_policy){.way = way, .only = true};
}

static enum wake_way other(enum wake_way way)
{
    return way == WAKE_LOOK ? WAKE_FOLLOW : WAKE_LOOK;
}

/* Postpone the next trial, longer than the last time. */
static void back_off(struct wake_policy *p)
{
    p->pause = p->pause < PAUSE_MAX / 2 ? p->pause * 2 : PAUSE_MAX;
    p->wait = p->pause;
    p->trial = 0;
}

static void leave(struct wake_policy *p, bool late)
{
    back_off(p);
    p->was_late = late;
    p->way = WAKE_LOOK;
}

static bool is_better(uint64_t challenger_ns, uint64_t incumbent_ns, unsigned part)
{
    return challenger_ns < incumbent_ns - incumbent_ns / part;
}

static void judge(struct wake_policy *p, const struct wake_window *w)
{
    unsigned part = p->way == WAKE_FOLLOW && w->hands_over ? 3 : 10;

    p->was_late = false;
    if (is_better(w->cycle_ns, p->before_ns, part)) {
        p->trial = 0;
        p->pause = PAUSE_MIN * 4;
        p->wait = p->pause;
        return;
    }
    back_off(p);
    p->way = other(p->way);
}

enum wake_way wake_policy_learn(struct wake_policy *p, const struct wake_window *w)
{
    if (p->only)
        return p->way;
    if (p->way == WAKE_FOLLOW && (w->late || !w->can_follow)) {
        leave(p, w->late);
    } else if (p->trial == TRIAL_WINDOWS) {
        p->trial--;
    } else if (p->trial > 0) {
        judge(p, w);
    } else if (p->wait > 0) {
        p->wait--;
    } else if (p->way == WAKE_FOLLOW || w->can_follow) {
        p->before_ns = w->cycle_ns;
        p->trial = TRIAL_WINDOWS;
        p->way = other(p->way);
    }
    return p->way;
}

void wake_policy_rest(struct wake_policy *p)
{
    p->pause = p->was_late && p->pause / 2 > PAUSE_MIN ? p->pause / 2 : PAUSE_MIN;
    if (p->wait > p->pause)
        p->wait = p->pause;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One window of requests, as it is measured for the policy (wake_policy.h). Pure. */
#ifndef MICA_GLUE_WAKE_MEASURE_H
#define MICA_GLUE_WAKE_MEASURE_H

#include <stdint.h>
#include <sys/types.h>

#include "glue/wake_policy.h"

struct wake_measure {
    unsigned requests;
    uint64_t cycles_ns[WAKE_WINDOW]; /* from each request to the next; the first `requests` of them */
    uint64_t last_ns;                /* when the latest request came; 0: none since the start or a rest */
    pid_t program; /* the thread that asks most, if one makes most of the requests; 0: none known */
    unsigned lead; /* requests by which it leads */
};

/* A request that came at `now_ns` from thread `program`, 0 where the kernel does not say from which. */
void wake_measure_add(struct wake_measure *m, uint64_t now_ns, pid_t program);

/* The mean time from one request to the next, without the longest quarter: those are the program's own
 * pauses. Sorts the window. */
uint64_t wake_measure_cycle_ns(struct wake_measure *m);

/* Begins a new window: right after the present one, or after a rest. */
void wake_measure_next(struct wake_measure *m);
void wake_measure_rest(struct wake_measure *m);

#endif

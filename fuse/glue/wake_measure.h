/* SPDX-License-Identifier: Apache-2.0 */
/* Measurement of one window of requests for the policy (wake_policy.h). Pure. */
#ifndef MICA_GLUE_WAKE_MEASURE_H
#define MICA_GLUE_WAKE_MEASURE_H

#include <stdint.h>
#include <sys/types.h>

#include "glue/wake_policy.h"

struct wake_measure {
    unsigned requests;
    uint64_t cycles_ns[WAKE_WINDOW]; /* from each request to the next; the first `requests` of them */
    uint64_t last_ns;                /* time of the latest request; 0: none since the start or idling */
    pid_t program;                   /* thread with most of the requests, if more than half; 0: none known */
    unsigned lead;                   /* votes by which it leads */
};

/* Add a request at `now_ns` from thread `program`, 0 if the kernel does not tell. */
void wake_measure_add(struct wake_measure *m, uint64_t now_ns, pid_t program);

/* Mean time between requests without the longest sixteenth, which are the program's own pauses. More would hide
 * what a program costs that is moved now and then. Sorts the window. */
uint64_t wake_measure_cycle_ns(struct wake_measure *m);

/* The whole time of the window. */
uint64_t wake_measure_span_ns(const struct wake_measure *m);

/* Begin a new window, after another one or after idling. */
void wake_measure_next(struct wake_measure *m);
void wake_measure_rest(struct wake_measure *m);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "os/patience.h"

#define NAP_NS 10000000

struct patience patience_begin(void)
{
    struct patience p;

    clock_gettime(CLOCK_MONOTONIC, &p.end);
    p.end.tv_sec++;
    return p;
}

bool patience_wait(const struct patience *p)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > p->end.tv_sec || (now.tv_sec == p->end.tv_sec && now.tv_nsec >= p->end.tv_nsec))
        return false;
    nanosleep(&nap, NULL);
    return true;
}

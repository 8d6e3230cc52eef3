/* SPDX-License-Identifier: Apache-2.0 */
#include "os/patience.h"

#include <time.h>

#define NAP_NS 10000000
#define NAPS   100

struct patience patience_begin(void)
{
    return (struct patience){NAPS};
}

bool patience_wait(struct patience *p)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};

    if (p->naps == 0)
        return false;
    p->naps--;
    nanosleep(&nap, NULL);
    return true;
}

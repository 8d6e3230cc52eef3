/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded into mica and micafs: a clock of the day that jumps with each look, years forth and back and to
 * before 1970, as where somebody sets it meanwhile. The clock that only goes forth is minutes ahead at each
 * look, as on a machine that was stopped in between. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define YEAR (365 * 24 * 3600L)

static long jump(void)
{
    static const long by[] = {20 * YEAR, -20 * YEAR, 0, -90 * YEAR, 300 * YEAR, -1, 1};
    static atomic_uint looks;

    return by[atomic_fetch_add(&looks, 1) % (sizeof by / sizeof *by)];
}

#define AHEAD 100 /* seconds */

static long ahead(void)
{
    static atomic_long looks;

    return AHEAD * atomic_fetch_add(&looks, 1);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int r = (int)syscall(SYS_clock_gettime, clock, ret);

    if (r == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        ret->tv_sec += jump();
    if (r == 0 && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE))
        ret->tv_sec += ahead();
    return r;
}

time_t time(time_t *ret)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (ret)
        *ret = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *ret = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

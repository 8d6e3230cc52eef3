/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <time.h>

/* A request that comes within this time is quick, and to look for longer would be a waste. */
#define QUICK_NS 60000

/* One look takes a microsecond or two. After this long without, another process had the processor. */
#define TAKEN_NS 25000

/* A receiver looks while at least half of the latest requests were quick. */
#define QUICK_MAX  16
#define QUICK_HALF 8

/* After this long without a request, the mount is at rest. */
#define REST_MS 1000

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool has_processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

void receiver_init(struct receiver *r, struct fuse_session *fuse, bool alone)
{
    int fd = fuse_session_fd(fuse);
    int flags = fcntl(fd, F_GETFL);

    *r = (struct receiver){.fuse = fuse};
    /* Reads that do not wait are for the whole of the mount's connection: several threads would all be woken
     * by a poll for each request, where waiting reads wake one. */
    r->alone = alone && flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
    r->may_look = r->alone && has_processors();
}

/* Looks until a request is there or looking has been of no use. Between two looks everybody else may have the
 * processor: where somebody took it, there is none to spare, as when a container engine compares two mounts
 * at once. */
static int look(struct receiver *r, struct fuse_buf *buf, uint64_t since)
{
    int n = fuse_session_receive_buf(r->fuse, buf);
    uint64_t before = since;

    while (n == -EAGAIN && r->may_look && r->quick >= QUICK_HALF) {
        uint64_t now = now_ns();

        if (now - before > TAKEN_NS)
            r->quick = 0;
        if (now - since >= QUICK_NS)
            break;
        before = now;
        sched_yield();
        n = fuse_session_receive_buf(r->fuse, buf);
    }
    return n;
}

static void learn(struct receiver *r, uint64_t waited_ns)
{
    if (waited_ns < QUICK_NS)
        r->quick += r->quick < QUICK_MAX;
    else
        r->quick -= r->quick > 0;
}

int receiver_next(struct receiver *r, struct fuse_buf *buf)
{
    struct pollfd waited = {.fd = fuse_session_fd(r->fuse), .events = POLLIN};
    uint64_t since;
    int n;

    if (!r->alone)
        return fuse_session_receive_buf(r->fuse, buf);
    since = now_ns();
    n = look(r, buf, since);
    while (n == -EAGAIN) {
        int polled = poll(&waited, 1, r->at_rest ? -1 : REST_MS);

        if (polled < 0)
            return -errno;
        if (polled == 0) {
            r->at_rest = true;
            return -ETIME;
        }
        n = fuse_session_receive_buf(r->fuse, buf);
    }
    r->at_rest = false;
    learn(r, now_ns() - since);
    return n;
}

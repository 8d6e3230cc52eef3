/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* A request within this time is quick; polling for longer would be a waste. */
#define QUICK_NS 60000

/* One poll takes a microsecond or two. A longer gap means that another process had the processor. */
#define TAKEN_NS 25000

/* A receiver looks while at least half of the latest requests were quick. */
#define QUICK_MAX  16
#define QUICK_HALF 8

/* Interval in requests between checks of a following receiver, and the wait per request that counts as
 * delayed. */
#define CHECK_EVERY 8
#define WAITED_NS   250000

/* A receiver that waits longer than this part of the time for a processor shares it with others. */
#define BUSY_PART 16

/* Requests between two checks where the followed program runs: a check takes as long as half a request. */
#define FIND_MIN 4
#define FIND_MAX 64

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

void receiver_init(struct receiver *r, struct fuse_session *fuse, bool alone, struct wake_policy policy,
                   struct statistics *statistics)
{
    int fd = fuse_session_fd(fuse);
    int flags = fcntl(fd, F_GETFL);

    *r =
        (struct receiver){.fuse = fuse, .thread = pthread_self(), .policy = policy, .statistics = statistics};
    /* O_NONBLOCK holds for the whole connection: with several threads a poll would wake all of them for each
     * request, where blocking reads wake one. */
    r->alone = alone && flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
    r->may_look = r->alone && has_processors();
    r->find_after = FIND_MIN;
    follow_init(&r->follower, r->alone ? fd : -1);
}

void receiver_end(struct receiver *r)
{
    follow_end(&r->follower);
}

/* Poll until a request arrives or polling has proved useless. Other threads may run between two polls: if one
 * did, no processor is idle, as when a container engine compares two mounts at once. */
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

static void learn_quick(struct receiver *r, uint64_t waited_ns)
{
    if (waited_ns < QUICK_NS)
        r->quick += r->quick < QUICK_MAX;
    else
        r->quick -= r->quick > 0;
}

/* ---- how to wait */

/* Do others compute on the processors of the receiver? */
static bool is_busy(struct receiver *r)
{
    uint64_t waited = follow_waited_ns(&r->follower);

    return waited > wake_measure_span_ns(&r->window) / BUSY_PART;
}

static void end_window(struct receiver *r, bool late)
{
    /* Look up the processor only if the policy needs it. */
    bool only_looks = r->policy.only && r->policy.way == WAKE_LOOK;
    int cpu = only_looks ? -1 : follow_find(&r->follower, r->window.program);
    bool busy = cpu >= 0 && r->policy.way == WAKE_LOOK && !r->policy.only && is_busy(r);
    struct wake_window w = {.cycle_ns = wake_measure_cycle_ns(&r->window),
                            .late = late,
                            .can_follow = cpu >= 0 && !busy,
                            .hands_over = follow_hands_over(&r->follower)};

    if (wake_policy_learn(&r->policy, &w) == WAKE_LOOK)
        follow_leave(&r->follower);
    else if (cpu >= 0)
        follow_confine(&r->follower, cpu);
    wake_measure_next(&r->window);
}

/* A program that was moved is followed at once: until then each request wakes two processors. The processor of a
 * program that has just moved is checked often. */
static void keep_up(struct receiver *r)
{
    int cpu;

    if (r->until_find-- > 0)
        return;
    cpu = follow_find(&r->follower, r->window.program);
    if (cpu >= 0 && !follow_is_at(&r->follower, cpu)) {
        follow_confine(&r->follower, cpu);
        r->find_after = FIND_MIN;
    } else if (r->find_after < FIND_MAX) {
        r->find_after *= 2;
    }
    r->until_find = r->find_after;
}

/* Did the receiver have to wait for the processor that it chose? */
static bool was_kept_waiting(struct receiver *r)
{
    return r->window.requests % CHECK_EVERY == 0 && follow_waited_ns(&r->follower) > CHECK_EVERY * WAITED_NS;
}

static pid_t program_of(const struct fuse_buf *buf)
{
    uint32_t pid;

    memcpy(&pid, (const char *)buf->mem + offsetof(struct fuse_in_header, pid), sizeof pid);
    return (pid_t)pid;
}

static void learn(struct receiver *r, const struct fuse_buf *buf, uint64_t since, bool late)
{
    uint64_t now = now_ns();

    learn_quick(r, now - since);
    r->latest = program_of(buf);
    wake_measure_add(&r->window, now, r->latest);
    late |= follow_next_request(&r->follower, now);
    statistics_add(r->statistics, COUNT_ANSWER_LATE, late);
    if (r->policy.way == WAKE_FOLLOW) {
        statistics_add(r->statistics, COUNT_FOLLOWED, 1);
        late |= was_kept_waiting(r);
        if (!late)
            keep_up(r);
    }
    if (late || r->window.requests == WAKE_WINDOW)
        end_window(r, late);
}

static int rest(struct receiver *r)
{
    r->at_rest = true;
    r->next_ms = -1;
    wake_policy_rest(&r->policy);
    wake_measure_rest(&r->window);
    follow_rest(&r->follower);
    return -ETIME;
}

/* Sleep until a request arrives. 0, or a negative errno as receiver_next. */
static int await(struct receiver *r, bool *late)
{
    struct pollfd waited = {.fd = fuse_session_fd(r->fuse), .events = POLLIN};

    for (;;) {
        bool pending = follow_is_pending(&r->follower);

        follow_waits(&r->follower);
        int polled = poll(&waited, 1, pending ? FOLLOW_PENDING_MS : r->at_rest ? r->next_ms : REST_MS);

        if (polled != 0)
            return polled < 0 ? -errno : 0;
        if (!pending)
            return r->at_rest ? -ETIME : rest(r);
        *late |= follow_is_late(&r->follower);
    }
}

int receiver_next(struct receiver *r, struct fuse_buf *buf)
{
    uint64_t since;
    bool late = false;
    int n = -EAGAIN;

    if (!r->alone)
        return fuse_session_receive_buf(r->fuse, buf);
    since = now_ns();
    if (r->policy.way == WAKE_LOOK)
        n = look(r, buf, since);
    while (n == -EAGAIN) {
        n = await(r, &late);
        if (n < 0)
            return n;
        follow_reads(&r->follower);
        n = fuse_session_receive_buf(r->fuse, buf);
    }
    r->at_rest = r->rested = false;
    if (n > 0)
        learn(r, buf, since, late);
    return n;
}

bool receiver_write(struct receiver *r, const struct iovec *iov, int count, ssize_t *ret)
{
    struct follow_request q;

    if (!pthread_equal(r->thread, pthread_self()) || r->policy.way != WAKE_FOLLOW)
        return false;
    q = (struct follow_request){.received_ns = r->window.last_ns, .program = r->latest};
    return follow_write(&r->follower, &q, iov, count, ret);
}

const cpu_set_t *receiver_processors(const struct receiver *r)
{
    return follow_processors(&r->follower);
}

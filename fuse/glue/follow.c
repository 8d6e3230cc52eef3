/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/follow.h"

#include <time.h>
#include <unistd.h>

#include "glue/idle_watch.h"
#include "glue/processor.h"
#include "glue/replier.h"

#define NS_PER_MS 1000000u

void follow_init(struct follower *f, int fd)
{
    *f = (struct follower){.fd = fd, .waited_fd = -1, .cpu = -1};
    if (fd < 0 || sched_getaffinity(0, sizeof f->allowed, &f->allowed) < 0 || CPU_COUNT(&f->allowed) < 2)
        return;
    f->waited_fd = processor_open_waited();
    if (f->waited_fd >= 0)
        f->replier = replier_new(fd);
}

void follow_end(struct follower *f)
{
    follow_leave(f);
    idle_watch_free(f->watch);
    replier_free(f->replier);
    if (f->waited_fd >= 0)
        close(f->waited_fd);
    *f = (struct follower){.waited_fd = -1, .cpu = -1};
}

/* The allowed processors may change at any time, by taskset(1) for example. */
static bool is_allowed(struct follower *f, int cpu)
{
    if (f->cpu < 0 && sched_getaffinity(0, sizeof f->allowed, &f->allowed) < 0)
        return false;
    return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET(cpu, &f->allowed) && CPU_COUNT(&f->allowed) > 1;
}

int follow_find(struct follower *f, pid_t program)
{
    int cpu = f->replier && program > 0 ? processor_of(program) : -1;

    return is_allowed(f, cpu) ? cpu : -1;
}

/* Not earlier than needed: the watchdog is one thread more. Before the receiver is confined: the watchdog
 * inherits its processors. */
static void make_watch(struct follower *f)
{
    if (!f->tried)
        f->watch = idle_watch_new(f->fd);
    f->tried = true;
}

bool follow_is_at(const struct follower *f, int cpu)
{
    return f->cpu == cpu;
}

bool follow_hands_over(const struct follower *f)
{
    return f->tried && !f->watch;
}

static bool move(struct follower *f, int cpu)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (!f->watch && replier_place(f->replier, &one) < 0)
        return false;
    return sched_setaffinity(0, sizeof one, &one) == 0;
}

void follow_confine(struct follower *f, int cpu)
{
    make_watch(f);
    if (cpu != f->cpu) {
        if (!move(f, cpu))
            return;
        f->cpu = cpu;
        follow_waited_ns(f);
    }
    if (f->watch)
        idle_watch_enter(f->watch);
}

/* Restore the replier's processors as well: a starved one can finish elsewhere. */
void follow_leave(struct follower *f)
{
    if (f->cpu < 0)
        return;
    sched_setaffinity(0, sizeof f->allowed, &f->allowed);
    if (f->watch)
        idle_watch_leave(f->watch);
    else
        replier_place(f->replier, &f->allowed);
    f->cpu = -1;
}

static uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The program that waits for the reply preempts the receiver within the write(2). */
static ssize_t write_watched(struct follower *f, pid_t program, const struct iovec *iov, int count)
{
    uint64_t begun = clock_ns();
    ssize_t n;

    idle_watch_step(f->watch, IDLE_ANSWERS, program);
    n = writev(f->fd, iov, count);
    f->left_ns += clock_ns() - begun;
    return n;
}

static ssize_t length_of(const struct iovec *iov, int count)
{
    ssize_t len = 0;

    for (int i = 0; i < count; i++)
        len += (ssize_t)iov[i].iov_len;
    return len;
}

bool follow_write(struct follower *f, const struct follow_request *q, const struct iovec *iov, int count,
                  ssize_t *ret)
{
    if (f->cpu < 0)
        return false;
    if (f->watch) {
        *ret = write_watched(f, q->program, iov, count);
        return true;
    }
    if (!replier_put(f->replier, iov, count))
        return false;
    *ret = length_of(iov, count);
    if (f->pending_ns == 0)
        f->pending_ns = q->received_ns;
    return true;
}

const cpu_set_t *follow_processors(const struct follower *f)
{
    return f->cpu < 0 ? NULL : &f->allowed;
}

void follow_waits(struct follower *f)
{
    if (f->watch)
        idle_watch_step(f->watch, IDLE_WAITS, 0);
}

/* Before the request is read: afterwards nothing tells that it is there. */
void follow_reads(struct follower *f)
{
    if (f->watch)
        idle_watch_step(f->watch, IDLE_WORKS, 0);
}

bool follow_is_pending(const struct follower *f)
{
    return f->pending_ns != 0;
}

bool follow_is_late(struct follower *f)
{
    f->pending_ns = 0;
    return replier_rescue(f->replier);
}

static bool next_watched(struct follower *f)
{
    bool late = idle_watch_is_late(f->watch);

    if (f->cpu < 0)
        return false;
    if (late)
        idle_watch_leave(f->watch); /* until follow_confine */
    else
        idle_watch_enter(f->watch); /* after a rest */
    return late;
}

bool follow_next_request(struct follower *f, uint64_t now_ns)
{
    if (f->watch)
        return next_watched(f);
    if (f->pending_ns == 0)
        return false;
    /* The receiver did not sleep, so the replier has not run. */
    replier_write_unclaimed(f->replier);
    if (!replier_is_pending(f->replier))
        f->pending_ns = 0;
    else if (now_ns - f->pending_ns > FOLLOW_PENDING_MS * NS_PER_MS)
        return follow_is_late(f);
    return false;
}

uint64_t follow_waited_ns(struct follower *f)
{
    uint64_t waited = processor_waited_ns(f->waited_fd), since = waited - f->waited_ns;

    uint64_t left = f->left_ns;

    f->waited_ns = waited;
    f->left_ns = 0;
    return since > left ? since - left : 0;
}

void follow_rest(struct follower *f)
{
    if (f->watch)
        idle_watch_leave(f->watch);
    if (f->replier)
        replier_rest(f->replier);
}

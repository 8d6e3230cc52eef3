/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/follow.h"

#include <unistd.h>

#include "glue/processor.h"
#include "glue/replier.h"

#define NS_PER_MS 1000000u

void follow_init(struct follower *f, int fd)
{
    *f = (struct follower){.waited_fd = -1, .cpu = -1};
    if (fd < 0 || sched_getaffinity(0, sizeof f->allowed, &f->allowed) < 0 || CPU_COUNT(&f->allowed) < 2)
        return;
    f->waited_fd = processor_open_waited();
    if (f->waited_fd >= 0)
        f->replier = replier_new(fd);
}

void follow_end(struct follower *f)
{
    follow_leave(f);
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

void follow_confine(struct follower *f, int cpu)
{
    cpu_set_t one;

    if (cpu == f->cpu)
        return;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (replier_place(f->replier, &one) < 0 || sched_setaffinity(0, sizeof one, &one) < 0)
        return;
    f->cpu = cpu;
    follow_waited_ns(f);
}

/* Restore the replier's processors as well: a starved one can finish elsewhere. */
void follow_leave(struct follower *f)
{
    if (f->cpu < 0)
        return;
    sched_setaffinity(0, sizeof f->allowed, &f->allowed);
    replier_place(f->replier, &f->allowed);
    f->cpu = -1;
}

bool follow_take_answer(struct follower *f, uint64_t now_ns, const struct iovec *iov, int count)
{
    if (f->cpu < 0 || !replier_put(f->replier, iov, count))
        return false;
    if (f->pending_ns == 0)
        f->pending_ns = now_ns;
    return true;
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

bool follow_next_request(struct follower *f, uint64_t now_ns)
{
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

    f->waited_ns = waited;
    return since;
}

void follow_rest(struct follower *f)
{
    if (f->replier)
        replier_rest(f->replier);
}

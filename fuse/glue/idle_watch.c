/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/idle_watch.h"

#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "glue/processor.h"
#include "glue/signals.h"

#define STACK_SIZE (64u << 10)

/* A step's number is the step in the low bits, and above them a count that makes each number new. */
#define STEP_BITS 2

struct idle_watch {
    int fd;
    pid_t receiver; /* its thread's id */
    bool entered;
    pthread_t watchdog;
    _Atomic pid_t program;  /* of the step */
    _Atomic uint64_t step;  /* the number of the present one */
    _Atomic uint32_t awake; /* 0: the watchdog sleeps; a futex */
    _Atomic bool late, ending;
};

static bool set_policy(pid_t thread, int policy)
{
    static const struct sched_param no_priority = {0};

    return sched_setscheduler(thread, policy, &no_priority) == 0;
}

static int start(pthread_t *ret, void *(*body)(void *data), void *data)
{
    pthread_attr_t attr;
    sigset_t old;
    int e = pthread_attr_init(&attr);

    if (e != 0)
        return -e;
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    signals_block(&old);
    e = pthread_create(ret, &attr, body, data);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return -e;
}

/* ---- may a thread of this process leave SCHED_IDLE? */

static void *enter_and_leave(void *data)
{
    bool *may = data;

    *may = set_policy(0, SCHED_IDLE) && set_policy(0, SCHED_OTHER);
    return NULL;
}

/* Tested in a thread that then ends: it stays under SCHED_IDLE if it fails. */
static bool may_leave(void)
{
    pthread_t thread;
    bool may = false;

    if (sched_getscheduler(0) != SCHED_OTHER || start(&thread, enter_and_leave, &may) < 0)
        return false;
    pthread_join(thread, NULL);
    return may;
}

/* ---- the watchdog */

static void futex(_Atomic uint32_t *at, int what, uint32_t value)
{
    syscall(SYS_futex, at, what, value, NULL, NULL, 0);
}

static void pause_watch(void)
{
    const struct timespec t = {.tv_nsec = IDLE_WATCH_MS * 1000000L};

    clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

/* Does a thread wait for the end of this step? */
static bool is_awaited(const struct idle_watch *w, uint64_t step)
{
    switch ((enum idle_step)(step % (1u << STEP_BITS))) {
    case IDLE_WORKS:
        return true;
    case IDLE_ANSWERS:
        return !processor_is_taken(atomic_load(&w->program)) || is_readable(w->fd);
    case IDLE_WAITS:
        break;
    }
    return is_readable(w->fd);
}

static void *watch(void *data)
{
    struct idle_watch *w = data;
    uint64_t before = 0;
    bool was_awaited = false;

    while (!atomic_load(&w->ending)) {
        uint64_t step = atomic_load(&w->step);
        bool same = step == before, awaited = same && is_awaited(w, step);

        /* The receiver may have just finished its step; then it is under the normal policy without need. */
        if (awaited && was_awaited && !atomic_load(&w->late) && set_policy(w->receiver, SCHED_OTHER))
            atomic_store(&w->late, true);
        before = step;
        was_awaited = awaited;
        if (!atomic_load(&w->awake))
            futex(&w->awake, FUTEX_WAIT_PRIVATE, 0);
        else
            pause_watch();
    }
    return NULL;
}

/* ---- the receiver's part */

struct idle_watch *idle_watch_new(int fd)
{
    struct idle_watch *w = may_leave() ? calloc(1, sizeof *w) : NULL;

    if (!w)
        return NULL;
    w->fd = fd;
    w->receiver = gettid();
    if (start(&w->watchdog, watch, w) == 0)
        return w;
    free(w);
    return NULL;
}

static void wake_watchdog(struct idle_watch *w)
{
    atomic_store(&w->awake, 1);
    futex(&w->awake, FUTEX_WAKE_PRIVATE, 1);
}

static void new_step(struct idle_watch *w, enum idle_step step, pid_t program)
{
    uint64_t count = atomic_load(&w->step) >> STEP_BITS;

    atomic_store(&w->program, program);
    atomic_store(&w->step, (count + 1) << STEP_BITS | step);
}

void idle_watch_enter(struct idle_watch *w)
{
    if (w->entered)
        return;
    new_step(w, IDLE_WAITS, 0); /* the watchdog has seen an earlier step for a while */
    atomic_store(&w->late, false);
    w->entered = set_policy(0, SCHED_IDLE);
}

void idle_watch_leave(struct idle_watch *w)
{
    if (!w->entered)
        return;
    set_policy(0, SCHED_OTHER);
    w->entered = false;
    idle_watch_rest(w);
}

void idle_watch_step(struct idle_watch *w, enum idle_step step, pid_t program)
{
    if (!w->entered)
        return;
    new_step(w, step, program);
    if (step == IDLE_WORKS && !atomic_load(&w->awake))
        wake_watchdog(w);
}

bool idle_watch_is_late(const struct idle_watch *w)
{
    return atomic_load(&w->late);
}

void idle_watch_rest(struct idle_watch *w)
{
    atomic_store(&w->awake, 0);
}

void idle_watch_free(struct idle_watch *w)
{
    if (!w)
        return;
    idle_watch_leave(w);
    atomic_store(&w->ending, true);
    wake_watchdog(w);
    pthread_join(w->watchdog, NULL);
    free(w);
}

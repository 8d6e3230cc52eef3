/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/replier.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "glue/signals.h"

/* The woken program preempts the replier in its write(2), so the replier notices the end of the write only at the
 * program's next request: one program has up to two replies here. */
#define SLOTS 4

#define STACK_SIZE (64u << 10)

enum slot_state {
    SLOT_FREE,    /* the receiver may fill it */
    SLOT_FULL,    /* written by the thread that claims it */
    SLOT_WRITING, /* claimed by the replier; the kernel may have the reply already */
};

struct slot {
    _Atomic int state;
    /* set by the receiver: the kernel has the reply, though the replier's write(2) has not returned */
    bool checked;
    char *data; /* allocated when first needed; not changed while the state is not SLOT_FREE */
    size_t room, len;
};

struct replier {
    int fd;
    bool started;
    pthread_t thread;
    struct slot slots[SLOTS];
    _Atomic uint32_t calls; /* of the replier by the receiver; a futex */
    _Atomic bool asleep, ending;
};

struct replier *replier_new(int fd)
{
    struct replier *r = calloc(1, sizeof *r);

    if (r)
        r->fd = fd;
    return r;
}

/* ---- the replier's thread */

static bool write_slots(struct replier *r)
{
    bool any = false;

    for (struct slot *s = r->slots; s < r->slots + SLOTS; s++) {
        int full = SLOT_FULL;

        if (!atomic_compare_exchange_strong(&s->state, &full, SLOT_WRITING))
            continue;
        /* ENOENT: the receiver wrote it first. Other errors mean that the mount is gone. */
        (void)!write(r->fd, s->data, s->len);
        atomic_store(&s->state, SLOT_FREE);
        any = true;
    }
    return any;
}

/*
 * The receiver sleeps now, but the scheduler may not have dequeued it yet: a thread that has had slightly more than
 * its share when it falls asleep stays in the queue, and counts there, until it would be picked (DELAY_DEQUEUE, Linux
 * 6.12). The program would then be sent to another processor. A thread under SCHED_IDLE has had its share within a
 * microsecond, so sched_yield(2) makes the scheduler pick, and dequeue, the receiver. A replier that has not slept is
 * past its share already.
 */
static void forget_receiver(void)
{
    sched_yield();
}

static void *serve(void *data)
{
    struct replier *r = data;
    const struct sched_param none = {0};

    /* Needs no privilege. On failure replies are correct, but no faster. */
    sched_setscheduler(0, SCHED_IDLE, &none);
    for (;;) {
        uint32_t calls = atomic_load(&r->calls);

        if (write_slots(r))
            continue;
        if (atomic_load(&r->ending))
            return NULL;
        atomic_store(&r->asleep, true);
        syscall(SYS_futex, &r->calls, FUTEX_WAIT_PRIVATE, calls, NULL, NULL, 0);
        atomic_store(&r->asleep, false);
        forget_receiver();
    }
}

/* ---- the receiver's part */

static void call(struct replier *r)
{
    atomic_fetch_add(&r->calls, 1);
    if (atomic_load(&r->asleep))
        syscall(SYS_futex, &r->calls, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static int start(struct replier *r)
{
    pthread_attr_t attr;
    sigset_t old;
    int e = pthread_attr_init(&attr);

    if (e != 0)
        return -e;
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    signals_block(&old);
    e = pthread_create(&r->thread, &attr, serve, r);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    r->started = e == 0;
    return -e;
}

int replier_place(struct replier *r, const cpu_set_t *cpus)
{
    int e = r->started ? 0 : start(r);

    return e < 0 ? e : -pthread_setaffinity_np(r->thread, sizeof *cpus, cpus);
}

static size_t length_of(const struct iovec *iov, int count)
{
    size_t len = 0;

    for (int i = 0; i < count; i++)
        len += iov[i].iov_len;
    return len;
}

static bool fill(struct slot *s, const struct iovec *iov, int count, size_t len)
{
    char *to;

    if (s->room < len) {
        free(s->data);
        s->data = malloc(len);
        s->room = s->data ? len : 0;
    }
    to = s->data;
    for (int i = 0; to && i < count; i++)
        to = mempcpy(to, iov[i].iov_base, iov[i].iov_len);
    s->len = len;
    s->checked = false;
    return to;
}

bool replier_put(struct replier *r, const struct iovec *iov, int count)
{
    size_t len = length_of(iov, count);

    if (!r->started || len > REPLIER_ANSWER_MAX)
        return false;
    for (struct slot *s = r->slots; s < r->slots + SLOTS; s++) {
        if (atomic_load(&s->state) != SLOT_FREE)
            continue;
        if (!fill(s, iov, count, len))
            return false;
        atomic_store(&s->state, SLOT_FULL);
        call(r);
        return true;
    }
    return false;
}

bool replier_is_pending(const struct replier *r)
{
    for (const struct slot *s = r->slots; s < r->slots + SLOTS; s++) {
        int state = atomic_load(&s->state);

        if (state == SLOT_FULL || (state == SLOT_WRITING && !s->checked))
            return true;
    }
    return false;
}

static bool write_now(const struct replier *r, const struct slot *s)
{
    return write(r->fd, s->data, s->len) >= 0;
}

void replier_write_unclaimed(struct replier *r)
{
    for (struct slot *s = r->slots; s < r->slots + SLOTS; s++) {
        int full = SLOT_FULL;

        /* The replier sees its own claim, and leaves the slot alone. */
        if (!atomic_compare_exchange_strong(&s->state, &full, SLOT_WRITING))
            continue;
        write_now(r, s);
        atomic_store(&s->state, SLOT_FREE);
    }
}

bool replier_rescue(struct replier *r)
{
    bool late = false;

    for (struct slot *s = r->slots; s < r->slots + SLOTS; s++) {
        int full = SLOT_FULL;

        if (atomic_compare_exchange_strong(&s->state, &full, SLOT_WRITING)) {
            late |= write_now(r, s);
            atomic_store(&s->state, SLOT_FREE);
        } else if (full == SLOT_WRITING && !s->checked) {
            late |= write_now(r, s);
            s->checked = true;
        }
    }
    return late;
}

void replier_rest(struct replier *r)
{
    for (struct slot *s = r->slots; s < r->slots + SLOTS; s++) {
        if (atomic_load(&s->state) != SLOT_FREE)
            continue;
        free(s->data);
        s->data = NULL;
        s->room = 0;
    }
}

void replier_free(struct replier *r)
{
    if (!r)
        return;
    if (r->started) {
        replier_rescue(r);
        atomic_store(&r->ending, true);
        call(r);
        pthread_join(r->thread, NULL);
    }
    replier_rest(r);
    free(r);
}

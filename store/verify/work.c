/* SPDX-License-Identifier: Apache-2.0 */
/* Runs pieces of work on several threads. */
#include "verify/work.h"

#include <errno.h>
#include <sched.h>

#include "verify/finding.h"

#include "verify/check.h"

#define MAX_THREADS 16u

struct queue {
    struct check *check;
    void (*run)(struct check *c, void *ctx, size_t i);
    void *ctx;
    _Atomic size_t next;
    size_t n;
};

bool check_cancelled(const struct check *c)
{
    return c->opt->cancel && atomic_load_explicit(c->opt->cancel, memory_order_relaxed);
}

void check_progress(struct check *c, uint64_t bytes)
{
    pthread_mutex_lock(&c->lock);
    c->done += bytes;
    if (c->opt->progress)
        c->opt->progress(c->opt->ctx, c->done, c->total > c->done ? c->total : c->done);
    pthread_mutex_unlock(&c->lock);
}

static bool has_failed(struct check *c)
{
    bool failed;

    pthread_mutex_lock(&c->lock);
    failed = c->error != 0;
    pthread_mutex_unlock(&c->lock);
    return failed;
}

static void *worker(void *arg)
{
    struct queue *q = arg;

    for (size_t i; (i = atomic_fetch_add(&q->next, 1)) < q->n && !has_failed(q->check);) {
        if (check_cancelled(q->check))
            check_failed(q->check, -ECANCELED, "the store");
        else
            q->run(q->check, q->ctx, i);
    }
    return NULL;
}

static unsigned how_many(const struct check *c, size_t n)
{
    cpu_set_t cpus;
    unsigned threads = c->opt->threads;

    if (threads == 0)
        threads = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (unsigned)CPU_COUNT(&cpus) : 1;
    if (threads > MAX_THREADS)
        threads = MAX_THREADS;
    return threads > n ? (unsigned)n : threads;
}

void check_run(struct check *c, size_t n, void (*run)(struct check *c, void *ctx, size_t i), void *ctx)
{
    struct queue q = {.check = c, .run = run, .ctx = ctx, .n = n};
    unsigned threads = how_many(c, n), started = 0;
    pthread_t ids[MAX_THREADS];

    /* This thread is one of them: the work is done even if no other can be started. */
    while (started + 1 < threads && pthread_create(&ids[started], NULL, worker, &q) == 0)
        started++;
    worker(&q);
    for (unsigned i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/read_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "glue/context.h"
#include "glue/reply.h"
#include "glue/scratch.h"
#include "glue/signals.h"
#include "os/fd.h"
#include "union/union.h"

#define THREADS_MAX  8
#define QUEUE_MAX    64
#define IDLE_SECONDS 1 /* a thread has a buffer as large as a request, so it does not stay for long */
#define STACK_SIZE   (256u << 10)

struct read_pool {
    struct un *un;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work;  /* a job, or the end */
    pthread_cond_t gone;  /* a thread has ended */
    struct read_job queue[QUEUE_MAX];
    unsigned first, waiting; /* jobs */
    unsigned threads, idle;  /* idle ones are among the threads */
    bool ending;
};

void read_job_do(struct un *un, struct read_job *job)
{
    char *buf = scratch_get(job->len);
    ssize_t n = buf || job->len == 0 ? fd_pread(job->content.fd, buf, job->len, job->at) : -ENOMEM;

    un_content_put(un, &job->content);
    /* Less than there should be: a live file was cut, as files may be, but an image's content is damaged, and
     * the kernel would show zeros for what is missing. */
    if (n >= 0 && (size_t)n < job->len && un_timeout(un) >= TIMEOUT_FOR_GOOD)
        n = -EIO;
    if (n < 0)
        reply_error(job->req, (int)n);
    else
        reply_bytes(job->req, buf, (size_t)n);
}

struct read_pool *read_pool_new(struct un *un)
{
    struct read_pool *p = calloc(1, sizeof *p);
    pthread_condattr_t attr;

    if (!p)
        return NULL;
    p->un = un;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->work, &attr);
    pthread_condattr_destroy(&attr);
    pthread_cond_init(&p->gone, NULL);
    return p;
}

/* Waits for a job, with the lock held. False when there is none for so long that the thread may go. */
static bool await_job(struct read_pool *p, struct read_job *ret)
{
    struct timespec until;
    int e = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_SECONDS;
    p->idle++;
    while (p->waiting == 0 && !p->ending && e == 0)
        e = pthread_cond_timedwait(&p->work, &p->lock, &until);
    p->idle--;
    if (p->waiting == 0)
        return false;
    *ret = p->queue[p->first];
    p->first = (p->first + 1) % QUEUE_MAX;
    p->waiting--;
    return true;
}

static void *work(void *data)
{
    struct read_pool *p = data;
    struct read_job job;

    pthread_mutex_lock(&p->lock);
    while (await_job(p, &job)) {
        pthread_mutex_unlock(&p->lock);
        read_job_do(p->un, &job);
        pthread_mutex_lock(&p->lock);
    }
    /* Under the lock since the queue was seen empty: no job can be left to a thread that is going. */
    p->threads--;
    pthread_cond_signal(&p->gone);
    pthread_mutex_unlock(&p->lock);
    scratch_release();
    return NULL;
}

/* One more thread, with the lock held; without one, those that there are have to do. */
static void add_thread(struct read_pool *p)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t old;

    if (pthread_attr_init(&attr) != 0)
        return;
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    signals_block(&old);
    if (pthread_create(&thread, &attr, work, p) == 0)
        p->threads++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

bool read_pool_take(struct read_pool *p, const struct read_job *job)
{
    bool taken = false;

    pthread_mutex_lock(&p->lock);
    if (p->waiting >= p->idle && p->threads < THREADS_MAX)
        add_thread(p);
    if (p->threads > 0 && p->waiting < QUEUE_MAX) {
        p->queue[(p->first + p->waiting++) % QUEUE_MAX] = *job;
        pthread_cond_signal(&p->work);
        taken = true;
    }
    pthread_mutex_unlock(&p->lock);
    return taken;
}

void read_pool_free(struct read_pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->ending = true;
    pthread_cond_broadcast(&p->work);
    while (p->threads > 0)
        pthread_cond_wait(&p->gone, &p->lock);
    pthread_mutex_unlock(&p->lock);
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->gone);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

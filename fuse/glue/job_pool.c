/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/job_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "glue/scratch.h"
#include "glue/signals.h"

#define IDLE_SECONDS 1 /* short, as a thread may hold a buffer of the size of a request */
#define STACK_SIZE   (256u << 10)

struct job_pool {
    pthread_mutex_t lock;     /* guards all fields below */
    pthread_cond_t work;      /* signalled for a new job, and at the end */
    pthread_cond_t gone;      /* signalled when a thread ends */
    struct job *first, *last; /* each allocated together with its data */
    unsigned waiting;         /* number of queued jobs */
    size_t data;              /* bytes of queued data */
    unsigned threads, idle;   /* idle threads are included in threads */
    unsigned max_threads;
    job_processors *processors;
    const void *processors_data;
    bool ending;
};

struct job_pool *job_pool_new(unsigned max_threads, job_processors *processors, const void *data)
{
    struct job_pool *p = calloc(1, sizeof *p);
    pthread_condattr_t attr;

    if (!p)
        return NULL;
    p->max_threads = max_threads;
    p->processors = processors;
    p->processors_data = data;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->work, &attr);
    pthread_condattr_destroy(&attr);
    pthread_cond_init(&p->gone, NULL);
    return p;
}

static size_t data_of(const struct job *job)
{
    return job->data ? job->size : 0;
}

static void append(struct job_pool *p, struct job *job)
{
    job->next = NULL;
    if (p->waiting++ > 0)
        p->last->next = job;
    else
        p->first = job;
    p->last = job;
    p->data += data_of(job);
}

/* Wait for a job, with the lock held. NULL after IDLE_SECONDS without one: the thread ends. */
static struct job *await_job(struct job_pool *p)
{
    struct timespec until;
    struct job *job;
    int e = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_SECONDS;
    p->idle++;
    while (p->waiting == 0 && !p->ending && e == 0)
        e = pthread_cond_timedwait(&p->work, &p->lock, &until);
    p->idle--;
    if (p->waiting == 0)
        return NULL;
    job = p->first;
    p->first = job->next;
    p->waiting--;
    p->data -= data_of(job);
    return job;
}

static void *work(void *data)
{
    struct job_pool *p = data;
    struct job *job;

    pthread_mutex_lock(&p->lock);
    while ((job = await_job(p))) {
        pthread_mutex_unlock(&p->lock);
        job->run(job);
        free(job);
        pthread_mutex_lock(&p->lock);
    }
    /* The lock has been held since the queue was seen empty: no job can wait for an ending thread. */
    p->threads--;
    pthread_cond_signal(&p->gone);
    pthread_mutex_unlock(&p->lock);
    scratch_release();
    return NULL;
}

static void free_of_creator(pthread_attr_t *attr, const cpu_set_t *cpus)
{
    pthread_attr_setaffinity_np(attr, sizeof *cpus, cpus);
    pthread_attr_setinheritsched(attr, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(attr, SCHED_OTHER);
}

/* Start a thread, with the lock held; on failure the existing ones do the work. */
static void add_thread(struct job_pool *p)
{
    const cpu_set_t *cpus = p->processors ? p->processors(p->processors_data) : NULL;
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t old;

    if (pthread_attr_init(&attr) != 0)
        return;
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (cpus)
        free_of_creator(&attr, cpus);
    signals_block(&old);
    if (pthread_create(&thread, &attr, work, p) == 0)
        p->threads++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

/* Queue a job. True if a thread will run it. */
static bool take(struct job_pool *p, struct job *job)
{
    bool taken = false;

    pthread_mutex_lock(&p->lock);
    if (p->waiting >= p->idle && p->threads < p->max_threads)
        add_thread(p);
    if (p->threads > 0 && (!job->data || p->data + job->size <= JOB_POOL_DATA_MAX)) {
        append(p, job);
        pthread_cond_signal(&p->work);
        taken = true;
    }
    pthread_mutex_unlock(&p->lock);
    return taken;
}

static struct job *copy_of(const struct job *job, size_t job_size)
{
    char *copy = malloc(job_size + job->size);

    if (!copy)
        return NULL;
    memcpy(copy, job, job_size);
    if (job->data) {
        memcpy(copy + job_size, job->data, job->size);
        ((struct job *)copy)->data = copy + job_size;
    }
    return (struct job *)copy;
}

void job_do(struct job_pool *p, struct job *job, size_t job_size, bool waits)
{
    struct job *copy = waits ? copy_of(job, job_size) : NULL;

    if (copy && take(p, copy))
        return;
    free(copy);
    job->run(job);
}

void job_pool_free(struct job_pool *p)
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

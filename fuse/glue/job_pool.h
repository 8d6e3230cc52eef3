/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of threads for requests that wait, for a disk or a long copy.
 *
 * For one program a single thread that answers from memory is fastest, since no thread has to be woken; but it must
 * not block all other programs during a disk access. So requests that would wait go to threads that exist only while
 * there are such requests.
 */
#ifndef MICA_GLUE_JOB_POOL_H
#define MICA_GLUE_JOB_POOL_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

/* A request, apart from the buffer that it came in; first member of a structure with its parameters. */
struct job {
    void (*run)(struct job *job); /* execute it, and reply */
    const void *data;             /* `size` bytes of the request, or NULL */
    size_t size;
    struct job *next; /* the pool's */
};

struct job_pool;

/* The processors for a new thread, which then is also under SCHED_OTHER; NULL: as its creator. */
typedef const cpu_set_t *job_processors(const void *data);

/* NULL without memory. Starts no thread. `processors` (NULL: those of the creator) is asked at the start of
 * each. */
struct job_pool *job_pool_new(unsigned max_threads, job_processors *processors, const void *data);
/* Finish the queued jobs, then end the threads. NULL-safe. */
void job_pool_free(struct job_pool *p);

/*
 * Run a job: on the calling thread, or, if it `waits`, on a thread of the pool with a copy of `job`, which
 * begins a structure of `job_size` bytes, and of its data. Jobs without data are queued without limit: each
 * belongs to a process that waits for its reply. Queued data is limited to JOB_POOL_DATA_MAX bytes; beyond
 * that a job runs on the calling thread, which slows writers down and bounds memory.
 */
#define JOB_POOL_DATA_MAX (64u << 20)
void job_do(struct job_pool *p, struct job *job, size_t job_size, bool waits);

#endif

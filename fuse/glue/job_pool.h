/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that have to wait: for a disk, for a long copy.
 *
 * One thread that answers what is in memory is the fastest for one program, since nothing has to be woken up;
 * but it must not stand still for everybody while a disk seeks. So what would wait is handed to threads that
 * exist only while there is such work.
 */
#ifndef MICA_GLUE_JOB_POOL_H
#define MICA_GLUE_JOB_POOL_H

#include <stdbool.h>
#include <stddef.h>

/* What a request asks for, apart from the buffer that it came in; the first member of a structure with the
 * rest. */
struct job {
    void (*run)(struct job *job); /* does it, and answers */
    const void *data;             /* `size` bytes that the request came with, or NULL */
    size_t size;
    struct job *next; /* the pool's */
};

struct job_pool;

/* NULL without memory. No thread is started yet. */
struct job_pool *job_pool_new(unsigned max_threads);
/* Finishes what it has, then ends. NULL-safe. */
void job_pool_free(struct job_pool *p);

/*
 * Runs a job: on the calling thread, or, if it `waits`, on one of the pool with a copy of `job`, which begins
 * a structure of `job_size` bytes, and of its data. Jobs without data wait for a thread however many there
 * are: each is of a process that waits for its answer. Data of more than JOB_POOL_DATA_MAX bytes does not: a
 * job with more runs on the calling thread, so whoever writes more than can be done is held up, and memory is
 * bounded.
 */
#define JOB_POOL_DATA_MAX (64u << 20)
void job_do(struct job_pool *p, struct job *job, size_t job_size, bool waits);

#endif

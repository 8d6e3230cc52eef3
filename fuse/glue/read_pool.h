/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads that have to wait for a disk.
 *
 * One thread that answers what is in memory is the fastest for one reader, since nothing has to be woken up;
 * but it must not stand still for everybody while a disk seeks. So what would wait is handed to a few threads
 * that exist only while there is such work.
 */
#ifndef MICA_GLUE_READ_POOL_H
#define MICA_GLUE_READ_POOL_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

#include "union/union.h"

/* A READ to be answered: `len` bytes of content, from `at` in its descriptor. */
struct read_job {
    fuse_req_t req;
    struct tree_content content;
    uint64_t at;
    size_t len;
};

struct read_pool;

/* NULL without memory. No thread is started yet. */
struct read_pool *read_pool_new(struct un *un);
/* Finishes what it has, then ends. NULL-safe. */
void read_pool_free(struct read_pool *p);

/* Takes the job over, content included. False when it cannot: it is still the caller's then. */
bool read_pool_take(struct read_pool *p, const struct read_job *job);

/* Reads and answers, on the calling thread. */
void read_job_do(struct un *un, struct read_job *job);

#endif

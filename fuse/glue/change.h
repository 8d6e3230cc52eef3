/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of one node run as jobs, since they may wait for a copy-up, by this or another thread. No other
 * request waits for it. */
#ifndef MICA_GLUE_CHANGE_H
#define MICA_GLUE_CHANGE_H

#include "glue/context.h"
#include "glue/job_pool.h"

/* Run a job among the changes, and count it. */
static inline void change_do(fuse_req_t req, struct job *job, size_t job_size, bool waits)
{
    struct glue *g = glue_of(req);

    statistics_add(&g->statistics, COUNT_CHANGE_WAITED, waits);
    job_do(g->changes, job, job_size, waits);
}

#endif

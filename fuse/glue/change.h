/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of one node, each a job since it may have to wait: for the node's content to be copied up, or for
 * another thread that does so. Nothing else waits for that. */
#ifndef MICA_GLUE_CHANGE_H
#define MICA_GLUE_CHANGE_H

#include "glue/context.h"
#include "glue/job_pool.h"

/* job_do among the changes, counted. */
static inline void change_do(fuse_req_t req, struct job *job, size_t job_size, bool waits)
{
    struct glue *g = glue_of(req);

    statistics_add(&g->statistics, COUNT_CHANGE_WAITED, waits);
    job_do(g->changes, job, job_size, waits);
}

#endif

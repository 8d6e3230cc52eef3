/* SPDX-License-Identifier: Apache-2.0 */
/* The side of a container that is in namespaces; see container_run.h. */
#ifndef MICA_CONTAINER_RUN_INSIDE_H
#define MICA_CONTAINER_RUN_INSIDE_H

#include <signal.h>

#include "container/container_run.h"
#include "container/run_pids.h"
#include "container/run_streams.h"

/* Which ids there are inside. */
enum run_space {
    SPACE_HERE,   /* those of the process: it may mount already */
    SPACE_RANGES, /* a user namespace with the user's ranges */
    SPACE_ONE,    /* one with the user's own id */
};

/* The namespaces and ids that a container is to have. */
struct run_place {
    enum run_space space;
    bool in_space, single; /* in a user namespace; with one id */
    struct id_ranges ranges;
};

/* The process that keeps a container; run_first is the first of its own. They talk with mica by `channel`
 * (run_channel.h), whose end means that mica is gone, and close their `ends` of the container's streams once
 * these have no more use for them. Exit statuses. */
int run_keeper(const struct container_run *run, const struct run_place *place, int channel,
               struct run_ends *ends);

/* `dir`: of the bundle, `console`: a socket at which the terminal comes, or -1; `pids`: the
 * group that the process is in. */
int run_first(const struct container_run *run, const char *dir, int console, int channel,
              struct run_ends *ends, const struct run_pids *pids);

#endif

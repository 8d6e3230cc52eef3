/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a container run inside namespaces; see container_run.h. */
#ifndef MICA_CONTAINER_RUN_INSIDE_H
#define MICA_CONTAINER_RUN_INSIDE_H

#include <signal.h>

#include "container/container_run.h"
#include "container/run_pids.h"
#include "container/run_streams.h"

/* User ids inside the namespace. */
enum run_space {
    SPACE_HERE,   /* the process's own: it may mount already */
    SPACE_RANGES, /* a user namespace with the user's subordinate ranges */
    SPACE_ONE,    /* a user namespace with the user's own id only */
};

/* Namespaces and ids of the container. */
struct run_place {
    enum run_space space;
    bool in_space, single; /* has a user namespace; has one id only */
    struct id_ranges ranges;
};

/* The monitor (run_monitor.h) and the init (run_init.h) of a container. Both talk with mica over `channel`
 * (run_channel.h), whose end-of-file means that mica is gone, and close their `ends` of the container's
 * streams when they no longer need them. Both return exit statuses. */
#endif

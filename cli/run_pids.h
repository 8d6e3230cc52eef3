/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control group that limits how many processes and threads a container has, of version 1 or 2. It is made
 * where the caller may make one and the controller "pids" is switched on: beneath the caller's own group,
 * else beneath the next one above it. Nothing that was there before is changed.
 */
#ifndef MICA_CLI_RUN_PIDS_H
#define MICA_CLI_RUN_PIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_pids {
    int parent, procs, max; /* descriptors; -1: there is no group */
    int64_t limit;
    char name[96];
};
#define RUN_PIDS_NONE                                                                                        \
    {                                                                                                        \
        .parent = -1, .procs = -1, .max = -1                                                                 \
    }

/* Makes it for `limit` processes. False where there is no group to be had. */
bool run_pids_make(struct run_pids *p, int64_t limit, const char *branch);
/* Puts the calling process, which is not the container's, into it; the runtime has room for some of its own
 * as well. False on failure; nothing without a group, like the following. */
bool run_pids_join(const struct run_pids *p);
/* The runtime is gone: from here on there are no more than `limit` and the one that joined. */
void run_pids_tighten(const struct run_pids *p);
/* Removes the group, whose processes have ended. */
void run_pids_remove(struct run_pids *p);

/* The path that a text of /proc/PID/cgroup names for the controller, and whether it is of version 2. Pure. */
bool run_pids_path(const char *text, char *ret, size_t size, bool *ret_v2);

#endif

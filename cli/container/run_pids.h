/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control group that limits how many processes and threads a container has, of version 1 or 2. It is made
 * where the caller may make one and the controller "pids" is switched on: beneath the caller's own group,
 * else beneath the next one above it. Nothing that was there before is changed.
 *
 * Where there is none to be had, Linux 6.14 and later can limit the numbers of a pid namespace, and each
 * process and thread in it needs one; those that are made while the runtime has not ended may come on top.
 * RLIMIT_NPROC, which is left otherwise, is not for root: the kernel exempts the machine's user 0, in every
 * user namespace.
 */
#ifndef MICA_CONTAINER_RUN_PIDS_H
#define MICA_CONTAINER_RUN_PIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_pids {
    int parent, procs, max; /* descriptors; -1: there is no group */
    int64_t limit;
    bool by_numbers; /* of the pid namespace */
    char name[96];
};
#define RUN_PIDS_NONE                                                                                        \
    {                                                                                                        \
        .parent = -1, .procs = -1, .max = -1                                                                 \
    }

/* Makes it for `limit` processes. False where there is no group to be had. */
bool run_pids_make(struct run_pids *p, int64_t limit, const char *branch);
/* The same by the numbers of the pid namespace that is made next. False where the kernel cannot do that. */
bool run_pids_choose_numbers(struct run_pids *p, int64_t limit);
/* By the first process of that pid namespace, which is not counted, once /proc is of that namespace: limits
 * its numbers, with room for the runtime's own; nothing where there is a group. 0 or a negative errno. */
int run_pids_limit_numbers(const struct run_pids *p);
/* Puts the calling process, which is not the container's, into it; the runtime has room for some of its own
 * as well. False on failure; nothing without a group, like the following. */
bool run_pids_join(const struct run_pids *p);
/* The runtime is gone: from here on there are no more than `limit` and the one that joined. */
void run_pids_tighten(const struct run_pids *p);
/* Removes the group, whose processes have ended. */
void run_pids_remove(struct run_pids *p);

/* The path that a text of /proc/PID/cgroup names for the controller, and whether it is of version 2. Pure. */
bool run_pids_path(const char *text, char *ret, size_t size, bool *ret_v2);

/* Has a kernel of this release (uname -r) numbers of each pid namespace's own? On an older one they would be
 * the whole machine's. Pure. */
bool run_pids_has_numbers(const char *release);

#endif

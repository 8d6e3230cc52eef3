/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limit on a container's processes and threads by a pids cgroup, version 1 or 2. The cgroup is made where the
 * caller may make one and the controller "pids" is enabled: beneath the caller's own cgroup, else beneath its
 * nearest such ancestor. Existing cgroups stay unchanged.
 *
 * Without a usable cgroup, Linux 6.14 and later can limit the pids of a pid namespace, and each process and
 * thread needs one; those made while the runtime still runs may come on top. The last resort, RLIMIT_NPROC,
 * does not bind root: the kernel exempts the machine's user 0 in every user namespace.
 */
#ifndef MICA_CONTAINER_RUN_PIDS_H
#define MICA_CONTAINER_RUN_PIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_pids {
    int parent, procs, max; /* descriptors; -1: no cgroup */
    int64_t limit;
    bool by_numbers; /* limits the pids of the pid namespace */
    char name[96];
};
#define RUN_PIDS_NONE                                                                                        \
    {                                                                                                        \
        .parent = -1, .procs = -1, .max = -1                                                                 \
    }

/* Create the cgroup for `limit` processes. False if no cgroup is usable. */
bool run_pids_make(struct run_pids *p, int64_t limit, const char *branch);
/* Choose the limit on the pids of the next pid namespace instead. False if the kernel does not support it. */
bool run_pids_choose_numbers(struct run_pids *p, int64_t limit);
/* Set the limit on pids, with room for the runtime's own processes; does nothing with a cgroup. Call it in
 * the first process of the pid namespace, which is not counted, once /proc belongs to that namespace. 0 or a
 * negative errno. */
int run_pids_limit_numbers(const struct run_pids *p);
/* Move the calling process, which is not the container's, into the cgroup, with room for the runtime's own
 * processes. False on failure. Does nothing without a cgroup, like the functions below. */
bool run_pids_join(const struct run_pids *p);
/* Call it after the runtime has ended: allows `limit` processes and the one that joined. */
void run_pids_tighten(const struct run_pids *p);
/* Remove the cgroup; its processes must have ended. */
void run_pids_remove(struct run_pids *p);

/* Parse /proc/PID/cgroup for the controller's path and its cgroup version. Pure. */
bool run_pids_path(const char *text, char *ret, size_t size, bool *ret_v2);

/* Does a kernel of this release (uname -r) have a pid limit for each pid namespace? An older kernel has one
 * limit for the whole machine. Pure. */
bool run_pids_has_numbers(const char *release);

#endif

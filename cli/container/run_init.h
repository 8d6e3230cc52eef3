/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_CONTAINER_RUN_INIT_H
#define MICA_CONTAINER_RUN_INIT_H

#include "container/run_inside.h"

/* `dir`: the bundle; `console`: listening socket for the terminal, or -1; `pids`: the cgroup of the
 * process. */
int run_init(const struct container_run *run, const char *dir, int console, int channel,
             struct run_ends *ends, const struct run_pids *pids);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_CONTAINER_RUN_MONITOR_H
#define MICA_CONTAINER_RUN_MONITOR_H

#include "container/run_inside.h"

int run_monitor(const struct container_run *run, const struct run_place *place, int channel,
                struct run_ends *ends);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_CONTAINER_RUN_KEEPER_H
#define MICA_CONTAINER_RUN_KEEPER_H

#include "container/run_inside.h"

int run_keeper(const struct container_run *run, const struct run_place *place, int channel,
               struct run_ends *ends);

#endif

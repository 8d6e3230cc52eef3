/* SPDX-License-Identifier: Apache-2.0 */
/* Reports the objects that a collection removed, or would remove. */
#ifndef MICA_ACT_COLLECTED_H
#define MICA_ACT_COLLECTED_H

#include <stdbool.h>

#include "collect/collect.h"

/* Prints to standard output a line for each object, with its bytes, and a sum; with `quiet` only the sum. Reports
 * foreign files, which stay, on standard error unless `quiet`. */
void collected_print(const struct collect_result *r, bool dry_run, bool quiet);
/* Prints JSON. Returns an exit status. */
int collected_print_json(const struct collect_result *r);

/* A callback for store_collect's `waits`. */
void collected_tell_wait(void *ctx);

#endif

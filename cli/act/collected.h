/* SPDX-License-Identifier: Apache-2.0 */
/* Tells what a collection removed, or would remove. */
#ifndef MICA_ACT_COLLECTED_H
#define MICA_ACT_COLLECTED_H

#include <stdbool.h>

#include "collect/collect.h"

/* On standard output: a line for each object, with its bytes, and a sum; `quiet`: the sum alone. What is not
 * mica's and stays is told on standard error, unless `quiet`. */
void collected_print(const struct collect_result *r, bool dry_run, bool quiet);
/* As JSON. Returns an exit status. */
int collected_print_json(const struct collect_result *r);

/* For store_collect's `waits`. */
void collected_tell_wait(void *ctx);

#endif

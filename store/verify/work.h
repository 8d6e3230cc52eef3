/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_VERIFY_WORK_H
#define MICA_VERIFY_WORK_H

#include "verify/check.h"

bool check_cancelled(const struct check *c);
/* Adds to the number of bytes read. */
void check_progress(struct check *c, uint64_t bytes);

/* Runs n pieces of work on several threads; `run` gets the number of its piece. */
void check_run(struct check *c, size_t n, void (*run)(struct check *c, void *ctx, size_t i), void *ctx);

#endif

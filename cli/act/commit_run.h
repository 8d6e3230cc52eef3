/* SPDX-License-Identifier: Apache-2.0 */
/* Commit a branch with progress on standard error and cancellation by Ctrl-C. */
#ifndef MICA_ACT_COMMIT_RUN_H
#define MICA_ACT_COMMIT_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "export/commit.h"

/* Commit with `options` (branch and name are required; cancel and progress are set here). -ECANCELED after a
 * signal, with the store unchanged; otherwise `err` has a line. */
int commit_run(struct store *s, const struct commit_options *options, bool quiet, struct commit_result *ret,
               struct err *err);

/* Report the fate of the image that had the name before, if any. */
void commit_tell_replaced(const struct commit_options *o, const struct commit_result *r);

#endif

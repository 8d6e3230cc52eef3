/* SPDX-License-Identifier: Apache-2.0 */
/* Making an image of a branch as the command does it: with progress on standard error and stopped by Ctrl-C.
 * For the verb commit, and for whoever offers to keep what was done. */
#ifndef MICA_ACT_COMMIT_RUN_H
#define MICA_ACT_COMMIT_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "export/commit.h"

/* Commits as `options` say (branch and name at least; cancel and progress are filled in here). -ECANCELED
 * after a signal, and the store is as before; otherwise `err` has a line. */
int commit_run(struct store *s, const struct commit_options *options, bool quiet, struct commit_result *ret,
               struct err *err);

/* Says what became of the image that had the name before, if any. */
void commit_tell_replaced(const struct commit_options *o, const struct commit_result *r);

#endif

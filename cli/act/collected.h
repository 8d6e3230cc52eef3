/* SPDX-License-Identifier: Apache-2.0 */
/* Reports the objects that a collection removed, or would remove. */
#ifndef MICA_ACT_COLLECTED_H
#define MICA_ACT_COLLECTED_H

#include <stdbool.h>

#include "collect/collect.h"

/* Removed by the same command: a branch, or an image's name. */
struct collected_extra {
    const char *object; /* "branch" or "name" */
    const char *name;
    const struct digest *digest; /* or NULL */
    uint64_t disk_size;
};

/* On standard output: a line for each object, with its bytes, and a sum, with that of `extra`; `quiet`: the sum
 * alone. Files that are not mica's and stay are told on standard error, unless `quiet`. */
void collected_print(const struct collect_result *r, const struct collected_extra *extra, size_t n_extra,
                     bool dry_run, bool quiet);
/* As JSON, `extra` first. Returns an exit status. */
int collected_print_json(const struct collect_result *r, const struct collected_extra *extra, size_t n_extra);

/* A callback for store_collect's `waits`. */
void collected_tell_wait(void *ctx);

#endif

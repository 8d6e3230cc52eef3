/* SPDX-License-Identifier: Apache-2.0 */
/* Branches that a collection removes first: temporary ones whose process has ended, and on request all that
 * no process holds. */
#ifndef MICA_ACT_PRUNE_H
#define MICA_ACT_PRUNE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/err.h"

struct store;

struct prune_branch {
    char *name;
    bool is_temporary;
    int64_t last_use;   /* nanoseconds since 1970 */
    uint64_t disk_size; /* bytes on the disk */
};
struct prune {
    struct prune_branch *branches; /* sorted by name */
    size_t n;
};

/* Lists the temporary branches and, if `all`, the others whose last use is `age` seconds ago or more. Free it
 * in any case. */
int prune_choose(struct store *s, bool all, int64_t age, struct prune *ret, struct err *err);
/* Removes them, except those used since. What was not removed leaves the list. Returns an exit status, after
 * error messages. */
int prune_remove(struct store *s, struct prune *p);
void prune_free(struct prune *p);

#endif

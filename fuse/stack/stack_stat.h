/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stat(2) of a name in a live layer, that never waits for ourselves, with what the layer keeps of owners,
 * modes and types elsewhere (override.h).
 *
 * Where a layer could not be given a mount of its own (stack_layers.c), a name in it may be a mount point,
 * and what is mounted there may be this very tree: asking for it would be a request to the daemon, which
 * waits for the answer. So a directory that something is mounted on is "covered": it is there, with what the
 * kernel knows of it without asking, and nothing in it is looked at.
 */
#ifndef MICA_STACK_STACK_STAT_H
#define MICA_STACK_STACK_STAT_H

#include <sys/stat.h>

#include "stack/stack_place.h"

/* `dirfd` is an open place of layer `layer`. ret_covered may be NULL. */
int stack_stat(const struct stack_layers *l, unsigned layer, int dirfd, const char *name, struct stat *ret,
               bool *ret_covered);

/* Of the root of a layer. */
int stack_stat_root(const struct stack_layers *l, unsigned layer, struct stat *ret);

/* Whether a directory is covered, alone. *ret (may be NULL) is what can be known of a covered directory; else
 * it is not touched. */
bool stack_covered(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                   struct stat *ret);

/* Is the name immutable or append-only? As tree_ops.protection. */
int stack_stat_protection(int dirfd, const char *name, unsigned *ret);

#endif

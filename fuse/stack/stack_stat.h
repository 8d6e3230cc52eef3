/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stat(2) of a name in a live layer that never waits for the daemon itself, with the owners, modes and types that the
 * layer keeps in xattrs (override.h).
 *
 * A layer without a mount of its own (stack_layers.c) may contain mount points, and one of them may be this very
 * tree: stat(2) would be a request to the daemon, which waits for the reply. So a directory that is a mount point is
 * "covered": it has the attributes cached by the kernel, and its content is not read.
 */
#ifndef MICA_STACK_STACK_STAT_H
#define MICA_STACK_STACK_STAT_H

#include <sys/stat.h>

#include "stack/stack_place.h"

/* `dirfd` is an open place of layer `layer`. ret_covered may be NULL. */
int stack_stat(const struct stack_layers *l, unsigned layer, int dirfd, const char *name, struct stat *ret,
               bool *ret_covered);

/* stat(2) of the root of a layer. */
int stack_stat_root(const struct stack_layers *l, unsigned layer, struct stat *ret);

/* Is a directory covered? *ret (may be NULL) is set only if it is: the cached attributes. */
bool stack_covered(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                   struct stat *ret);

/* Is the name immutable or append-only? As tree_ops.protection. */
int stack_stat_protection(const struct stack_layers *l, unsigned layer, int dirfd, const char *name,
                          unsigned *ret, bool *ret_all);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded cache of open descriptors with LRU eviction. Thread-safe; nothing is opened or closed under
 * its lock. Borrowed entries are never closed, so their number can exceed the limit. */
#ifndef MICA_OS_FD_CACHE_H
#define MICA_OS_FD_CACHE_H

#include <stdint.h>

struct fd_cache;
struct fd_cache_entry;

struct fd_cache *fd_cache_new(unsigned max);
void fd_cache_free(struct fd_cache *c);

/* Borrows the entry of `key`; NULL if there is none. */
struct fd_cache_entry *fd_cache_get(struct fd_cache *c, uint64_t key);
/* Adds `fd` under `key`, takes it over, and borrows the entry. If another thread was faster, returns its
 * entry and closes `fd`. NULL on lack of memory (`fd` is closed). */
struct fd_cache_entry *fd_cache_add(struct fd_cache *c, uint64_t key, int fd);
int fd_cache_fd(const struct fd_cache_entry *e);
void fd_cache_put(struct fd_cache *c, struct fd_cache_entry *e);
/* Removes `key`; the last borrower to put the entry closes its descriptor. */
void fd_cache_drop(struct fd_cache *c, uint64_t key);

#endif

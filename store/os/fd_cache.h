/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded cache of open descriptors, least recently used first to go. Thread-safe; nothing is opened or
 * closed under its lock. Entries that are borrowed are never closed, so the bound can be passed by as many as
 * are borrowed. */
#ifndef MICA_OS_FD_CACHE_H
#define MICA_OS_FD_CACHE_H

#include <stdint.h>

struct fd_cache;
struct fd_cache_entry;

struct fd_cache *fd_cache_new(unsigned max);
void fd_cache_free(struct fd_cache *c);

/* The entry of `key`, borrowed, or NULL. */
struct fd_cache_entry *fd_cache_get(struct fd_cache *c, uint64_t key);
/* Hands over `fd` under `key` and borrows it. Where another thread was first, its entry is returned and `fd`
 * closed. NULL without memory (`fd` is closed). */
struct fd_cache_entry *fd_cache_add(struct fd_cache *c, uint64_t key, int fd);
int fd_cache_fd(const struct fd_cache_entry *e);
void fd_cache_put(struct fd_cache *c, struct fd_cache_entry *e);
/* Forgets `key`; its descriptor is closed when the last borrower has put it. */
void fd_cache_drop(struct fd_cache *c, uint64_t key);

#endif

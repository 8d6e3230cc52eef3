/* SPDX-License-Identifier: Apache-2.0 */
/* Directories under tmp/ that end with their process (store/FORMAT.md, "Transactions"): tmp/ID is held by
 * flock on tmp/ID.lock, which is created before the directory and removed after it. A process that gets
 * the lock of another's directory owns the remains. */
#ifndef MICA_DISK_STAGING_H
#define MICA_DISK_STAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/root.h"

struct staging {
    int fd;     /* the directory, or -1 */
    int tmp_fd; /* its parent */
    int lock_fd;
    char id[STORE_ID_LEN + 1];
};

/* Creates one with mode 0700. */
int staging_create(struct store *s, struct staging *ret);
/* Removes it with its content. */
void staging_remove(struct staging *t);
/* Removes the directories of dead processes; the next call retries failures. */
void staging_sweep(struct store *s);

/* The state of tmp/. */
struct staging_others {
    char live[STORE_ID_LEN + 1]; /* a directory that a process holds and that is not waste; empty: there is
                                  * none */
    uint64_t dead_size;          /* bytes on disk of the directories of dead processes */
    size_t dead;
};
/* Gets the state, and removes directories of dead processes if `sweep`. Under the store's exclusive lock
 * no new one begins meanwhile. */
int staging_look(struct store *s, bool sweep, struct staging_others *ret);
/* Marks a directory that only holds objects to be removed: no one needs to wait for it. Call before
 * releasing the store's lock. */
int staging_is_waste(struct staging *t);
/* Waits until the process that holds `id` releases it. 0, or a negative errno: -EINTR after a signal. */
int staging_wait(struct store *s, const char *id);

#endif

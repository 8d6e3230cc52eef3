/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories under tmp/ that die with their process (store/FORMAT.md, "Transactions"): tmp/ID is held by
 * flock on tmp/ID.lock, which is there before the directory and after it. Whoever gets the lock of one owns
 * what is left of it.
 */
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

/* Makes one, of mode 0700. */
int staging_create(struct store *s, struct staging *ret);
/* Removes it with all that is in it. */
void staging_remove(struct staging *t);
/* Removes what dead processes left; what cannot be removed is left to the next. */
void staging_sweep(struct store *s);

/* What is in tmp/. */
struct staging_others {
    char live[STORE_ID_LEN + 1]; /* one that a process holds, and that is not waste; empty: there is none */
    uint64_t dead_size;          /* bytes on the disk of what dead processes left */
    size_t dead;
};
/* Looks, and removes what dead processes left if it is to `sweep`. With the store's lock held exclusively no
 * other begins meanwhile. */
int staging_look(struct store *s, bool sweep, struct staging_others *ret);
/* Marks one in which there is nothing but what is to be removed: nobody need wait for it. Before the store's
 * lock is given back. */
int staging_is_waste(struct staging *t);
/* Waits until the process that holds `id` has let go of it. 0, or a negative errno: -EINTR after a signal. */
int staging_wait(struct store *s, const char *id);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories under tmp/ that die with their process (store/FORMAT.md, "Transactions"): tmp/ID is held by
 * flock on tmp/ID.lock, which is there before the directory and after it. Whoever gets the lock of one owns
 * what is left of it.
 */
#ifndef MICA_DISK_STAGING_H
#define MICA_DISK_STAGING_H

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

#endif

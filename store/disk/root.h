/* SPDX-License-Identifier: Apache-2.0 */
/* An open store, for the files of this folder. */
#ifndef MICA_DISK_ROOT_H
#define MICA_DISK_ROOT_H

#include <stddef.h>
#include <stdint.h>

#include "image/digest.h"
#include "os/err.h"

struct store {
    int fd; /* the root, O_DIRECTORY */
    char *path;
    struct store **also; /* read-only stores, each without further ones. NULL: not requested */
    size_t n_also;
};

/* Returns the i-th store to search, the user's own first; NULL after the last. Objects of a transaction,
 * leases and branches are only in the user's own. */
struct store *store_member(struct store *s, size_t i);
/* Returns the first of them that has the object, or the user's own. */
struct store *store_with(struct store *s, int kind, const struct digest *d);

/* For messages about a missing or empty store. */
#define STORE_FILL_IT "fill one with: mica import SOURCE"

/* Waits for flock(2) on STORE/lock: LOCK_EX to change index.json or to remove objects, LOCK_SH to begin an
 * operation that a removal must see. Returns a descriptor that holds the lock until closed; excludes other
 * threads too. */
int store_lock(struct store *s, int operation, struct err *err);

/* Opens the directory `path` beneath the root for reading. */
int store_open_dir(struct store *s, const char *path);

/* Makes a unique name: 16 random hexadecimal digits. */
#define STORE_ID_LEN 16
int store_random_id(char ret[STORE_ID_LEN + 1]);

#endif

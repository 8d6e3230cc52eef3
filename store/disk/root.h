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
    struct store **also; /* that can only be read; each alone. NULL: not asked for */
    size_t n_also;
};

/* The stores in which something is looked for, one's own first; NULL behind the last. Objects of a transaction,
 * leases and branches are in one's own alone. */
struct store *store_member(struct store *s, size_t i);
/* The first of them that has the object, or one's own. */
struct store *store_with(struct store *s, int kind, const struct digest *d);

/* For lines about a store that is not there or empty. */
#define STORE_FILL_IT "fill one with: mica import SOURCE"

/* Waits for flock(2) on STORE/lock: LOCK_EX to change index.json or to remove objects, LOCK_SH to begin
 * something that such a removal must see. Returns a descriptor that holds it until it is closed; threads
 * exclude each other as well. */
int store_lock(struct store *s, int operation, struct err *err);

/* A descriptor of the directory `path` beneath the root, for reading it. */
int store_open_dir(struct store *s, const char *path);

/* A name that nobody else has: 16 random hexadecimal digits. */
#define STORE_ID_LEN 16
int store_random_id(char ret[STORE_ID_LEN + 1]);

#endif

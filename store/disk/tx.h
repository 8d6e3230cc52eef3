/* SPDX-License-Identifier: Apache-2.0 */
/* The internals of a transaction, for transaction.c (collecting) and commit.c (publishing). */
#ifndef MICA_DISK_TX_H
#define MICA_DISK_TX_H

#include <pthread.h>

#include "disk/object.h"
#include "disk/staging.h"
#include "disk/transaction.h"

/* An object made in the directory. */
struct tx_object {
    enum object_kind kind;
    struct digest digest;
    char *tmp_name;
    bool replaces; /* see tx_replace */
};

/* `blob` decompresses to `layer`. */
struct tx_from {
    struct digest layer, blob;
};

struct tx {
    struct store *store;
    struct staging staging;
    pthread_mutex_t lock; /* guards all members below; no system call is made under it */
    struct tx_object *objects;
    size_t n_objects;
    struct tx_from *froms;
    size_t n_froms;
    unsigned n_put; /* blobs by tx_put_blob: numbers their names */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* How much room on the disk each image takes, shares and would free. Takes no lock: figures of the moment. */
#ifndef MICA_COLLECT_ACCOUNT_H
#define MICA_COLLECT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/store.h"
#include "os/err.h"

/* All sizes are bytes on the disk. */
struct account_image {
    char *name; /* the first of its names, or NULL */
    struct digest manifest;
    uint64_t blobs;     /* manifest, config and the layers' archives */
    uint64_t contents;  /* unpacked layers, and trees */
    uint64_t shared;    /* of both: what other images need as well */
    uint64_t freed;     /* what its removal would free; 0 while a branch or a mount stands on it */
    bool held;          /* one does */
    char **shared_with; /* names of those others, or digests; sorted */
    size_t n_shared_with;
};

struct account {
    struct account_image *images; /* each image once, in the order of the catalog */
    size_t n;
    uint64_t blobs, contents; /* of the whole store, each object once */
    uint64_t branches;        /* what branches hold of their own */
    uint64_t unneeded;        /* objects that nobody needs */
};

/* 0 or a negative errno with a line. Free it in any case. */
int store_account(struct store *s, struct account *ret, struct err *err);
void account_free(struct account *a);

#endif

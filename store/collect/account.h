/* SPDX-License-Identifier: Apache-2.0 */
/* Disk space that each image takes, shares, and would free. Takes no lock: the figures are a snapshot. */
#ifndef MICA_COLLECT_ACCOUNT_H
#define MICA_COLLECT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/store.h"
#include "os/err.h"

/* All sizes are in bytes on disk. */
struct account_image {
    char *name; /* its first name, or NULL */
    struct digest manifest;
    uint64_t blobs;     /* manifest, config and the layers' archives */
    uint64_t contents;  /* unpacked layers, and trees */
    uint64_t shared;    /* bytes of both that other images need, too */
    uint64_t saved;     /* bytes that it would take besides if each of its layers kept its own contents */
    uint64_t freed;     /* bytes that its removal would free; 0 while a branch or a mount holds the image */
    bool held;          /* by a branch or a mount */
    char **shared_with; /* names of the other images, or digests; sorted */
    size_t n_shared_with;
};

struct account {
    struct account_image *images; /* each image once, in catalog order */
    size_t n;
    uint64_t blobs, contents; /* of the whole store, each object once */
    uint64_t saved;           /* bytes that equal contents would take besides if each layer kept its own */
    uint64_t branches;        /* files of the branches themselves */
    uint64_t unneeded;        /* freed by a collection now, without its branches */
};

/* 0 or a negative errno with a line. Free *ret in any case. */
int store_account(struct store *s, struct account *ret, struct err *err);
void account_free(struct account *a);

#endif

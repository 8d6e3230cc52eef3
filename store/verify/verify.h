/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a store whole? Blobs are compared with their digests, layers' indexes with their own promises, contents
 * with the checksums in the index, trees with a fresh merge of the layers, branches with their format; every
 * object that an image needs must be there, and every name in the store's directories be one of FORMAT.md's.
 *
 * Nothing of the store is changed, and it may be in use: what a check finds wrong is checked once more before
 * it is told.
 */
#ifndef MICA_VERIFY_VERIFY_H
#define MICA_VERIFY_VERIFY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/store.h"
#include "image/reference.h"
#include "os/err.h"

enum verify_fault {
    VERIFY_CONTENT,    /* bytes of a blob or of a layer's contents are not those that they were */
    VERIFY_METADATA,   /* an index, a tree, the catalog or a branch's description is damaged */
    VERIFY_MISSING,    /* an image or a branch needs it, and it is not there */
    VERIFY_UNREADABLE, /* the file system does not let it be read */
    VERIFY_FOREIGN,    /* nothing of mica's: harmless, and left alone */
};

enum verify_object {
    VERIFY_BLOB,
    VERIFY_LAYER,
    VERIFY_TREE,
    VERIFY_BRANCH,
    VERIFY_CATALOG,
    VERIFY_FILE, /* of no object */
};

struct verify_finding {
    enum verify_fault fault;
    enum verify_object object;
    struct digest digest; /* of a blob, a layer (DiffID), a tree (ChainID); else DIGEST_NONE */
    char *path;           /* beneath the store */
    char *reason;         /* a line */
    char **images;        /* those that need it: names, or digests of images without one */
    char **branches;      /* those that stand on them */
    size_t n_images, n_branches;
    bool repaired;
    char *unrepaired; /* why it could not be repaired, a line; NULL when that was not tried */
};

struct verify_result {
    struct verify_finding *findings; /* sorted: by fault, then by path */
    size_t n;
    size_t blobs, layers, trees, branches; /* checked */
    uint64_t bytes;                        /* read of blobs and contents */
};

struct verify_options {
    const char *const *images; /* as in store_find_image: check what these need alone; none: everything */
    size_t n_images;
    bool deep;                 /* read each layer anew from its blob, too, and compare */
    unsigned threads;          /* 0: by the machine */
    const atomic_bool *cancel; /* or NULL */
    /* `done` of `total` bytes were read; from any thread, never two at a time. Or NULL. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};

/* 0 with the findings, also when there are some; else a negative errno: the check itself has failed. */
int verify_store(struct store *s, const struct verify_options *opt, struct verify_result *ret,
                 struct err *err);
void verify_result_free(struct verify_result *r);

/* Checks, and puts right what is damaged or missing and nothing else, as long as something can be done: a layer
 * from a blob of the store, a tree from its layers, all else from `source`, which may be NULL. What was put
 * right is checked again. Findings say which were. */
int verify_repair(struct store *s, const struct verify_options *opt, const struct source_ref *source,
                  struct verify_result *ret, struct err *err);

/* "damaged content", "damaged metadata", "missing", "unreadable", "foreign". */
const char *verify_fault_text(enum verify_fault f);
/* "blob", "layer", ... */
const char *verify_object_text(enum verify_object o);

#endif

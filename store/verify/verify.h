/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a store: blobs against their digests, layers' indexes against their own invariants, contents against the
 * checksums in the index, trees against a new merge of their layers, branches against their format; every needed
 * object must be present, and every name in the store's directories must be one of FORMAT.md's.
 *
 * Changes nothing in the store, which may be in use: a fault is checked a second time before it is reported.
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
    VERIFY_CONTENT,    /* bytes of a blob or of a layer's contents have changed */
    VERIFY_METADATA,   /* an index, a tree, the catalog or a branch's description is damaged */
    VERIFY_MISSING,    /* an image or a branch needs the object, which is not in the store */
    VERIFY_UNREADABLE, /* the file system fails to read it */
    VERIFY_FOREIGN,    /* a foreign file: harmless, and left alone */
};

enum verify_object {
    VERIFY_BLOB,
    VERIFY_LAYER,
    VERIFY_TREE,
    VERIFY_BRANCH,
    VERIFY_CATALOG,
    VERIFY_FILE, /* a file that belongs to no object */
};

struct verify_finding {
    enum verify_fault fault;
    enum verify_object object;
    struct digest digest; /* of a blob, a layer (DiffID), a tree (ChainID); otherwise DIGEST_NONE */
    char *path;           /* relative to the store */
    char *reason;         /* a line */
    char **images;        /* that need the object: names, or digests of images without one */
    char **branches;      /* on these images */
    size_t n_images, n_branches;
    bool repaired;
    char *unrepaired; /* why the repair failed, a line; NULL if it was not tried */
};

struct verify_result {
    struct verify_finding *findings; /* sorted by fault, then by path */
    size_t n;
    size_t blobs, layers, trees, branches; /* checked */
    uint64_t bytes;                        /* bytes of blobs and contents read */
};

struct verify_options {
    const char *const *images; /* as for store_find_image: check only the needs of these; none: everything */
    size_t n_images;
    bool deep;                 /* read each layer again from its blob and compare */
    unsigned threads;          /* 0: number of processors */
    const atomic_bool *cancel; /* NULL: cannot be cancelled */
    /* `done` of `total` bytes were read. Called from any thread, one call at a time. NULL: no call. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};

/* 0 with the findings, if any; a negative errno if the check itself fails. */
int verify_store(struct store *s, const struct verify_options *opt, struct verify_result *ret,
                 struct err *err);
void verify_result_free(struct verify_result *r);

/* Checks, and repairs what is damaged or missing as far as possible: a layer from a blob of the store, a tree from
 * its layers, everything else from `source`, which may be NULL. Changes nothing else. Checks each repair; the
 * findings say which faults were repaired. */
int verify_repair(struct store *s, const struct verify_options *opt, const struct source_ref *source,
                  struct verify_result *ret, struct err *err);

/* Returns "damaged content", "damaged metadata", "missing", "unreadable", "foreign". */
const char *verify_fault_text(enum verify_fault f);
/* Returns "blob", "layer", ... */
const char *verify_object_text(enum verify_object o);

#endif

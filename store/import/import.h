/* SPDX-License-Identifier: Apache-2.0 */
/* Importing a SOURCE into a store: the public interface of store/import. */
#ifndef MICA_IMPORT_IMPORT_H
#define MICA_IMPORT_IMPORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "disk/store.h"
#include "disk/transaction.h"
#include "image/platform.h"
#include "image/reference.h"
#include "os/err.h"

/* Limits of everything that an image controls. */
struct import_limits {
    uint64_t max_files;      /* inodes of one layer */
    uint64_t max_layer_size; /* bytes of one layer's uncompressed archive */
    uint32_t max_layers;
};
void import_limits_default(struct import_limits *ret);

/* Total of a pipe: unknown. */
#define IMPORT_TOTAL_UNKNOWN UINT64_MAX

struct import_options {
    const char *name;         /* --name; an error if the source has several images */
    enum tx_name_taken taken; /* rule for names that other images have */
    struct platform platform; /* chooses one of several images; never zero, see platform_host */
    /* The user asked for the platform: refuse images of others. Otherwise it only chooses among several. */
    bool platform_required;
    struct import_limits limits;
    unsigned threads; /* layers at a time; 0 = by the number of processors */
    /* Set by a signal handler: the import stops with -ECANCELED and leaves nothing behind. May be NULL. */
    const atomic_bool *cancel;
    /* Reports progress from the importing threads, one call at a time: `done` of `total` bytes of blobs
     * were read. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    /* The same for an archive that is stored before its images are known; `total` may be
     * IMPORT_TOTAL_UNKNOWN. May be NULL. */
    void (*reading)(void *ctx, uint64_t done, uint64_t total);
    /* Called before and after the import of one image. */
    void (*image_begin)(void *ctx, const char *name, size_t layers, size_t layers_here);
    void *ctx;
};

struct import_result {
    char *name;  /* NULL if it got none */
    char *stays; /* a name that it did not get because another image has it; or NULL */
    struct digest manifest;
    size_t layers, layers_here; /* of the image; of these, in the store before */
    bool unchanged;             /* the same image already had this name */
    struct digest
        replaced; /* the other image that had this name, DIGEST_NONE for none; it stays, by its digest */
};
struct import_results {
    struct import_result *images;
    size_t n;
};

/* Imports all images of the source, or the one of its tag. On failure the store is unchanged. */
int import_source(struct store *s, const struct source_ref *src, const struct import_options *opt,
                  struct import_results *ret, struct err *err);
void import_results_free(struct import_results *r);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Importing a SOURCE into a store: the one entry of store/import. */
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

/* Everything that an image controls has a bound. */
struct import_limits {
    uint64_t max_files;      /* inodes of one layer */
    uint64_t max_layer_size; /* bytes of one layer's uncompressed archive */
    uint32_t max_layers;
};
void import_limits_default(struct import_limits *ret);

/* How much a pipe will bring. */
#define IMPORT_TOTAL_UNKNOWN UINT64_MAX

struct import_options {
    const char *name;         /* --name; with several images in the source an error */
    enum tx_name_taken taken; /* of names that other images have */
    struct platform platform; /* which image of several; never zero, see platform_host */
    /* It was asked for: an image of another platform is refused. Otherwise it only chooses where there is a
     * choice. */
    bool platform_required;
    struct import_limits limits;
    unsigned threads; /* layers at a time; 0 = by the machine */
    /* Set by a signal handler: the import stops with -ECANCELED, nothing left behind. Or NULL. */
    const atomic_bool *cancel;
    /* Progress, called from the importing threads, never two at a time. `done` of `total` bytes of blobs were
     * read. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    /* The same of an archive that is kept before its images are known; `total` may be IMPORT_TOTAL_UNKNOWN. NULL:
     * not asked for. */
    void (*reading)(void *ctx, uint64_t done, uint64_t total);
    /* One image is about to be imported / was imported. */
    void (*image_begin)(void *ctx, const char *name, size_t layers, size_t layers_here);
    void *ctx;
};

struct import_result {
    char *name;  /* NULL when it was given none */
    char *stays; /* a name that it would have had, but for that of another image; or NULL */
    struct digest manifest;
    size_t layers, layers_here; /* of the image; of these in the store before */
    bool unchanged;             /* the very image was there under this name */
    struct digest
        replaced; /* the other image that had this name, DIGEST_NONE for none; it stays, by its digest */
};
struct import_results {
    struct import_result *images;
    size_t n;
};

/* Imports all images of the source, or the one its tag names. On failure nothing of it is in the store. */
int import_source(struct store *s, const struct source_ref *src, const struct import_options *opt,
                  struct import_results *ret, struct err *err);
void import_results_free(struct import_results *r);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a layer's blob to its directory. Two threads and a bounded channel between them, so that memory use
 * does not depend on the layer's size:
 *
 *   blob bytes -> [hash, write to tmp blob, decompress]
 *              ==channel==> [hash, read archive, write content] -> index
 */
#ifndef MICA_IMPORT_PIPELINE_H
#define MICA_IMPORT_PIPELINE_H

#include <stdatomic.h>

#include "import/layout.h"

struct layer_job {
    struct extent blob;
    const struct digest *blob_digest; /* expected */
    const struct digest *diff_id;     /* expected */
    int dirfd;                        /* a transaction's directory */
    const char *blob_name;            /* created there with the blob's bytes, or NULL: do not store the
                                       * blob */
    const char *layer_name;           /* created there: index, contents, from/; or NULL: the layer is in the
                             * store, only verify */
    struct known *known;              /* contents to share with other layers (known.h), or NULL */
    uint64_t max_files, max_size;
    const atomic_bool *cancel; /* or NULL */
    void (*progress)(void *ctx,
                     uint64_t bytes); /* further bytes of the blob read; called from the job's threads */
    void *ctx;
};

/* Runs a job to its end. Returns 0 if digest, size and diff ID match. Otherwise a negative errno and a
 * line; the caller removes the created files. -EBADMSG: wrong digest or damaged data. -ECANCELED. */
int layer_job_run(const struct layer_job *job, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One layer's way from its blob to its directory. Two threads and a bounded channel between them, so that
 * memory does not follow the layer's size:
 *
 *   blob bytes -> [hash, write to tmp blob, decompress] ==channel==> [hash, read archive, write content] ->
 * index
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
    const char *blob_name;            /* made there with the blob's bytes, or NULL: the blob is not kept */
    const char *layer_name; /* made there: index, pack, files/, from/; or NULL: the layer is in the store,
                               only verify */
    uint64_t max_files, max_size;
    const atomic_bool *cancel; /* or NULL */
    void (*progress)(void *ctx,
                     uint64_t bytes); /* more bytes of the blob were read; from the job's threads */
    void *ctx;
};

/* Runs a job to its end. 0 when digest, size and diff ID were right. Otherwise a negative errno and a line;
 * what was made so far is the caller's to remove. -EBADMSG: wrong digest or damaged data. -ECANCELED. */
int layer_job_run(const struct layer_job *job, struct err *err);

#endif

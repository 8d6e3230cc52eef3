/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores a layer from a tar stream in a transaction, as a blob and unpacked, in one pass:
 *
 *   stream -> [hash, read archive, write content] ==channel==> [compress, hash, write blob]
 *
 * Buffers are passed on, not copied: one thread unpacks a buffer, then the other compresses it.
 */
#ifndef MICA_EXPORT_TAKE_LAYER_H
#define MICA_EXPORT_TAKE_LAYER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "export/compress.h"
#include "image/digest.h"
#include "os/err.h"

struct take_job {
    int fd;                             /* the stream */
    int dirfd;                          /* a transaction's directory */
    const char *blob_name, *layer_name; /* created there; the layer's directory has index, pack, files/ */
    struct known *known;                /* contents to share with other layers (import/known.h), or NULL */
    enum compression compression;
    const atomic_bool *cancel; /* or NULL */
    void (*progress)(void *ctx, uint64_t done);
    void *ctx;
};

struct taken_layer {
    bool nothing; /* the stream was empty: there are no digests */
    struct digest diff_id, blob;
    uint64_t size, blob_size;
};

/* Reads the stream to its end. -ECANCELED. */
int take_layer(const struct take_job *job, struct taken_layer *ret, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes an image from a branch. The layer with the branch's changes, a tar stream, is compressed into a blob
 * and unpacked into the store in one pass; a config and a manifest complete the image. It shares the base's
 * layers, which are not read. One transaction: either everything is in the store afterwards or nothing.
 *
 * This file does not read branches: the caller's `start` provides the stream.
 */
#ifndef MICA_EXPORT_COMMIT_H
#define MICA_EXPORT_COMMIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "disk/store.h"
#include "disk/transaction.h"
#include "export/compress.h"
#include "os/err.h"

struct commit_options {
    const char *branch, *name;    /* of the branch; of the new image */
    enum tx_name_taken taken;     /* rule if another image has the name */
    const char *message, *author; /* of its entry in the history, or NULL */
    const char *const *changes;   /* instructions for the config (image/instruction.h) */
    size_t n_changes;
    enum compression compression; /* of the layer; COMPRESSION_UNSAID: as the base's topmost layer */
    bool squash;                  /* one layer of the whole tree, in place of all others */

    /* Starts the stream of the branch's layer, or with `squash` of its whole tree. *ret_fd is read to its
     * end; an empty stream means no changes. `stream_end` is called once afterwards, with true if the stream is
     * abandoned, and returns whether the stream was complete. */
    int (*start)(void *ctx, struct store *s, const struct commit_options *o, int *ret_fd, struct err *err);
    int (*stream_end)(void *ctx, bool given_up, struct err *err);
    void *stream;

    const atomic_bool *cancel;                  /* as import_options */
    void (*progress)(void *ctx, uint64_t done); /* bytes of the stream so far */
    void *ctx;
};

struct commit_result {
    struct digest manifest;
    struct digest diff_id; /* of the new layer; DIGEST_NONE when nothing changed */
    uint64_t layer_size, blob_size;
    size_t layers; /* of the new image */
    struct digest
        replaced; /* the other image that had this name, DIGEST_NONE for none; it stays, by its digest */
};

/* Makes the image. Locks the branch meanwhile: -EBUSY, with a line that says how to proceed, if it is
 * mounted. Time stamps in the new image are SOURCE_DATE_EPOCH if that is set. -ECANCELED. */
int commit_branch(struct store *s, const struct commit_options *o, struct commit_result *ret,
                  struct err *err);

#endif

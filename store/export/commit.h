/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image made of a branch: the layer that says what the branch changed, as a stream of tar, is compressed
 * into a blob and unpacked into the store at once; a config and a manifest are written around it. The base's
 * layers are shared and not read. One transaction: all of it is there afterwards, or nothing.
 *
 * The branch itself is not known here: who can read one starts the stream.
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
    enum tx_name_taken taken;     /* of the name, when another image has it */
    const char *message, *author; /* of its entry in the history, or NULL */
    const char *const *changes;   /* instructions for the config (image/instruction.h) */
    size_t n_changes;
    enum compression
        compression; /* of the layer; COMPRESSION_UNSAID: as the base's topmost one is compressed */
    bool squash;     /* one layer of the whole tree, instead of one more */

    /* Starts the stream of the branch's layer, or with `squash` of its whole tree: *ret_fd is read to its
     * end, which at once means that nothing changed. `end` is called once after that, with true when the
     * stream is given up, and says whether all of it was good. */
    int (*start)(void *ctx, struct store *s, const struct commit_options *o, int *ret_fd, struct err *err);
    int (*end)(void *ctx, bool given_up, struct err *err);
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

/* Holds the branch meanwhile: -EBUSY, with a line that says what to do, for one that is mounted. Time stamps
 * in what is written are SOURCE_DATE_EPOCH's where that is set. -ECANCELED. */
int commit_branch(struct store *s, const struct commit_options *o, struct commit_result *ret,
                  struct err *err);

#endif

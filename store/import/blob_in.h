/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a layer's blob once, sequentially; hashes it and copies it into the transaction in the same
 * pass. */
#ifndef MICA_IMPORT_BLOB_IN_H
#define MICA_IMPORT_BLOB_IN_H

#include <sys/types.h>

#include "import/pipeline.h"

struct blob_in {
    const struct layer_job *job;
    int out; /* the copy, or -1 */
    uint64_t done, written_back;
    struct digest_stream *hash;
    struct err *err; /* gets the line of a failed read */
};

int blob_in_open(struct blob_in *b, const struct layer_job *job, struct err *err);
void blob_in_close(struct blob_in *b);
/* Implements decompress_read_fn; `ctx` is the blob_in. -EBADMSG if the extent ends before its size,
 * -ECANCELED. */
ssize_t blob_in_read(void *ctx, void *buf, size_t len);
/* Reads the rest of the blob. */
int blob_in_drain(struct blob_in *b);
/* Gets the digest; call once, after all was read. */
int blob_in_digest(struct blob_in *b, struct digest *ret);

#endif

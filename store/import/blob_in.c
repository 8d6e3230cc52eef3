/* SPDX-License-Identifier: Apache-2.0 */
#include "import/blob_in.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/fd.h"

#define DRAIN_CHUNK (64u << 10)
#define WRITEBACK   (8u << 20)

int blob_in_open(struct blob_in *b, const struct layer_job *job, struct err *err)
{
    *b = (struct blob_in){.job = job, .out = -1, .err = err};
    b->hash = digest_stream_new(job->blob_digest->alg);
    if (!b->hash)
        return err_errno(err, ENOMEM, "reading a layer");
    if (job->blob_name) {
        b->out =
            openat(job->dirfd, job->blob_name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (b->out < 0)
            return err_errno(err, errno, "making a blob's file");
    }
    return 0;
}

void blob_in_close(struct blob_in *b)
{
    digest_stream_free(b->hash);
    if (b->out >= 0)
        close(b->out);
}

static int keep(struct blob_in *b, const void *data, size_t len)
{
    int r;

    if (b->out < 0)
        return 0;
    r = fd_write(b->out, data, len);
    if (r < 0)
        return err_errno(b->err, -r, "writing a blob");
    /* Start writeback early, so that the transaction's syncfs finds little to do; only a hint. */
    if (b->done + len - b->written_back >= WRITEBACK) {
        (void)sync_file_range(b->out, (off_t)b->written_back, (off_t)(b->done + len - b->written_back),
                              SYNC_FILE_RANGE_WRITE);
        b->written_back = b->done + len;
    }
    return 0;
}

ssize_t blob_in_read(void *ctx, void *buf, size_t len)
{
    struct blob_in *b = ctx;
    const struct layer_job *job = b->job;
    uint64_t left = job->blob.size - b->done;
    ssize_t n;
    int r;

    if (job->cancel && atomic_load_explicit(job->cancel, memory_order_relaxed))
        return -ECANCELED;
    if (left < len)
        len = (size_t)left;
    if (len == 0)
        return 0;
    n = fd_pread(job->blob.fd, buf, len, job->blob.offset + b->done);
    if (n < 0)
        return err_errno(b->err, (int)-n, "reading a layer's blob");
    if (n == 0)
        return err_set(b->err, EBADMSG, "the blob is truncated: it has %" PRIu64 " of its %" PRIu64 " bytes",
                       b->done, job->blob.size);
    if (digest_stream_update(b->hash, buf, (size_t)n) < 0)
        return err_set(b->err, EIO, "hashing a blob failed");
    r = keep(b, buf, (size_t)n);
    if (r < 0)
        return r;
    b->done += (uint64_t)n;
    if (job->progress)
        job->progress(job->ctx, (uint64_t)n);
    return n;
}

int blob_in_drain(struct blob_in *b)
{
    cleanup_free void *buf = malloc(DRAIN_CHUNK);
    ssize_t n;

    if (!buf)
        return -ENOMEM;
    while ((n = blob_in_read(b, buf, DRAIN_CHUNK)) > 0)
        ;
    return (int)n;
}

int blob_in_digest(struct blob_in *b, struct digest *ret)
{
    return digest_stream_final(b->hash, ret) < 0 ? err_set(b->err, EIO, "hashing a blob failed") : 0;
}

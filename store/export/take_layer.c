/* SPDX-License-Identifier: Apache-2.0 */
#include "export/take_layer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/channel.h"
#include "import/import.h"
#include "import/known.h"
#include "import/unpack.h"
#include "os/cleanup.h"
#include "os/fd.h"

#define CHUNK   (256u << 10)
#define BUFFERS 8u

struct taking {
    const struct take_job *job;
    struct channel *channel;
    struct taken_layer *ret;
    struct err *err;

    /* the reader's, in the calling thread */
    struct digest_stream *hash;
    const void *first; /* read ahead, to detect an empty stream */
    size_t first_len;
    bool at_end;

    /* the compressor's */
    struct digest_stream *blob_hash;
    int blob_fd, written;
};

/* ---- compressing */

static int write_blob(void *ctx, const void *data, size_t len)
{
    struct taking *t = ctx;
    int r = fd_write(t->blob_fd, data, len);

    t->ret->blob_size += len;
    return r < 0 ? r : digest_stream_update(t->blob_hash, data, len);
}

static int compress_all(struct taking *t)
{
    struct compressor *c = compressor_new(t->job->compression, write_blob, t);
    const void *data;
    ssize_t n = 0;
    int r = c ? 0 : -ENOMEM;

    while (r == 0 && (n = channel_receive(t->channel, &data)) > 0)
        r = compressor_write(c, data, (size_t)n);
    if (r == 0)
        r = n < 0 ? (int)n : compressor_end(c);
    compressor_free(c);
    return r;
}

static void *run_compressor(void *arg)
{
    struct taking *t = arg;

    t->written = compress_all(t);
    channel_abandon(t->channel);
    return NULL;
}

/* ---- reading */

/* Returns the next bytes of the stream and passes them to the compressor; from then on they are constant. */
static ssize_t read_more(struct taking *t, const void **ret)
{
    const atomic_bool *cancel = t->job->cancel;
    void *buf = t->at_end ? NULL : channel_reserve(t->channel);
    ssize_t n;

    if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
        return -ECANCELED;
    if (!buf)
        return t->at_end ? 0 : -EPIPE; /* the compressor failed; its error is reported */
    n = fd_read(t->job->fd, buf, CHUNK);
    if (n < (ssize_t)CHUNK)
        t->at_end = true;
    if (n <= 0)
        return n;
    channel_commit(t->channel, (size_t)n);
    t->ret->size += (uint64_t)n;
    if (t->job->progress)
        t->job->progress(t->job->ctx, t->ret->size);
    *ret = buf;
    return digest_stream_update(t->hash, buf, (size_t)n) < 0 ? -EIO : n;
}

static ssize_t next_run(void *ctx, const void **ret)
{
    struct taking *t = ctx;

    if (t->first) {
        *ret = t->first;
        t->first = NULL;
        return (ssize_t)t->first_len;
    }
    return read_more(t, ret);
}

static int unpack(struct taking *t)
{
    const struct take_job *job = t->job;
    cleanup_fd int dir = -1;
    struct import_limits limits;
    const void *rest;
    ssize_t n;
    int r;

    import_limits_default(&limits);
    if (mkdirat(job->dirfd, job->layer_name, 0700) < 0)
        return err_errno(t->err, errno, "making a layer's directory");
    dir = openat(job->dirfd, job->layer_name, O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return err_errno(t->err, errno, "making a layer's directory");
    r = unpack_layer(next_run, t, dir,
                     job->known ? known_layer_begin(job->known, job->dirfd, job->layer_name) : NULL,
                     &(struct unpack_limits){limits.max_files, limits.max_layer_size}, t->err);
    if (r < 0)
        return r;
    while ((n = next_run(t, &rest)) > 0)
        ;
    return (int)n;
}

static int read_all(struct taking *t)
{
    ssize_t n = read_more(t, &t->first);

    if (n <= 0) {
        t->ret->nothing = n == 0;
        return (int)n;
    }
    t->first_len = (size_t)n;
    return unpack(t);
}

/* ---- both */

static int judge(struct taking *t, int read)
{
    if (read == -ECANCELED)
        return err_set(t->err, ECANCELED, "interrupted");
    if (t->written < 0 && t->written != read)
        return err_errno(t->err, -t->written, "writing the layer's blob");
    if (read < 0)
        return t->err->text[0] ? read : err_errno(t->err, -read, "reading the layer");
    if (t->ret->nothing)
        return 0;
    if (digest_stream_final(t->hash, &t->ret->diff_id) < 0 ||
        digest_stream_final(t->blob_hash, &t->ret->blob) < 0)
        return err_set(t->err, EIO, "hashing the layer failed");
    return 0;
}

static int run(struct taking *t)
{
    pthread_t compressor;
    int read, r;

    t->channel = channel_new(BUFFERS, CHUNK);
    t->hash = digest_stream_new(DIGEST_SHA256);
    t->blob_hash = digest_stream_new(DIGEST_SHA256);
    if (!t->channel || !t->hash || !t->blob_hash)
        return err_errno(t->err, ENOMEM, "a layer");
    t->blob_fd =
        openat(t->job->dirfd, t->job->blob_name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (t->blob_fd < 0)
        return err_errno(t->err, errno, "making the layer's blob");
    r = pthread_create(&compressor, NULL, run_compressor, t);
    if (r != 0)
        return err_errno(t->err, r, "starting a thread");
    read = read_all(t);
    channel_end(t->channel, read);
    pthread_join(compressor, NULL);
    return judge(t, read);
}

int take_layer(const struct take_job *job, struct taken_layer *ret, struct err *err)
{
    struct taking t = {.job = job, .ret = ret, .err = err, .blob_fd = -1};
    int r;

    *ret = (struct taken_layer){.nothing = false};
    err->text[0] = '\0';
    r = run(&t);
    if (t.blob_fd >= 0)
        close(t.blob_fd);
    digest_stream_free(t.hash);
    digest_stream_free(t.blob_hash);
    channel_free(t.channel);
    return r;
}

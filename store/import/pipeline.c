/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sender is a thread of its own, the receiver the calling thread. Each can fail and then leaves the
 * channel, which stops the other: neither waits for one that has ended (CVE-2021-20291 was such a wait).
 *
 * If both fail, the sender's reason counts: the receiver's error on a truncated stream is a consequence. And
 * before data is reported as damaged, the rest of the blob is hashed: a digest that differs from the
 * manifest's is the better report.
 */
#include "import/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import/blob_in.h"
#include "import/channel.h"
#include "import/decompress.h"
#include "import/known.h"
#include "import/unpack.h"
#include "os/cleanup.h"

#define CHUNK   (256u << 10)
#define BUFFERS 4u

struct pipeline {
    const struct layer_job *job;
    struct channel *channel;

    /* the sender's */
    struct blob_in blob;
    struct decompressor *decompressor;
    struct err send_err, blob_err;
    int sent;

    /* the receiver's */
    struct digest_stream *hash;
    struct err *err;
    int received;
};

/* ---- the sender: blob -> hash, copy, decompress -> channel */

static int send_all(struct pipeline *p)
{
    uint64_t total = 0;

    for (;;) {
        void *buf = channel_reserve(p->channel);
        ssize_t n;

        if (!buf)
            return 0; /* the receiver has left with its reason */
        n = decompressor_read(p->decompressor, buf, CHUNK, &p->send_err);
        if (n <= 0)
            return (int)n;
        total += (uint64_t)n;
        if (total > p->job->max_size)
            return err_set(&p->send_err, EFBIG,
                           "the layer is over the limit of %" PRIu64
                           " bytes uncompressed (--max-layer-size allows more)",
                           p->job->max_size);
        channel_commit(p->channel, (size_t)n);
    }
}

static void *run_sender(void *arg)
{
    struct pipeline *p = arg;

    p->sent = send_all(p);
    if (p->blob_err.text[0]) /* the blob's reader has the better reason */
        p->send_err = p->blob_err;
    channel_end(p->channel, p->sent);
    return NULL;
}

/* ---- the receiver: channel -> hash, unpack */

static ssize_t receive(void *ctx, const void **ret)
{
    struct pipeline *p = ctx;
    const atomic_bool *cancel = p->job->cancel;
    ssize_t n;

    if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
        return -ECANCELED;
    n = channel_receive(p->channel, ret);
    if (n > 0 && digest_stream_update(p->hash, *ret, (size_t)n) < 0)
        return err_set(p->err, EIO, "hashing a layer failed");
    return n;
}

static int unpack(struct pipeline *p)
{
    const struct layer_job *job = p->job;
    cleanup_fd int dir = -1;

    if (mkdirat(job->dirfd, job->layer_name, 0700) < 0)
        return err_errno(p->err, errno, "making a layer's directory");
    dir = openat(job->dirfd, job->layer_name, O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return err_errno(p->err, errno, "making a layer's directory");
    return unpack_layer(receive, p, dir,
                        job->known ? known_layer_begin(job->known, job->dirfd, job->layer_name) : NULL,
                        &(struct unpack_limits){job->max_files, job->max_size}, p->err);
}

static int receive_all(struct pipeline *p)
{
    const void *rest;
    ssize_t n = p->job->layer_name ? unpack(p) : 0;

    if (n < 0)
        return (int)n;
    /* The diff ID covers all bytes, also those after the archive's end. */
    while ((n = receive(p, &rest)) > 0)
        ;
    return (int)n;
}

/* ---- the verdict */

static int wrong_digest(struct err *err, const char *what, const struct digest *have,
                        const struct digest *want)
{
    char h[DIGEST_STRING_MAX], w[DIGEST_STRING_MAX];

    return err_set(err, EBADMSG, "%s has the digest %s, and should have %s", what, digest_string(have, h),
                   digest_string(want, w));
}

static int check_blob(struct pipeline *p)
{
    struct digest d;
    int r;

    p->blob.err = p->err;
    r = blob_in_drain(&p->blob);
    if (r == 0)
        r = blob_in_digest(&p->blob, &d);
    if (r < 0)
        return r;
    return digest_equal(&d, p->job->blob_digest)
               ? 0
               : wrong_digest(p->err, "the layer's blob", &d, p->job->blob_digest);
}

/* Can a damaged blob cause the error? Limits are excluded: nothing is read after one. */
static bool is_about_data(int r)
{
    return r == -EBADMSG || r == -EINVAL || r == -ENAMETOOLONG || r == -EXDEV;
}

/* Sets the final error; `r` and `why` are the first one. */
static int explain_failure(struct pipeline *p, int r, const struct err *why)
{
    struct err keep = *why;

    if (r == -ECANCELED)
        return err_set(p->err, ECANCELED, "interrupted");
    if (is_about_data(r) && check_blob(p) < 0)
        return -EBADMSG;
    *p->err = keep;
    if (r == -ENOSPC || r == -EDQUOT) {
        char link[40], path[512];
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", p->job->dirfd);
        n = readlink(link, path, sizeof(path) - 1);
        path[n < 0 ? 0 : n] = '\0';
        return err_prefix(p->err, r, "%s", n > 0 ? path : "the store");
    }
    return r;
}

static int mark_origin(struct pipeline *p, const struct digest *blob)
{
    char hex[DIGEST_HEX_MAX], path[512];
    cleanup_fd int fd = -1;

    snprintf(path, sizeof(path), "%s/from", p->job->layer_name);
    if (mkdirat(p->job->dirfd, path, 0700) < 0)
        return err_errno(p->err, errno, "making a layer's directory");
    snprintf(path, sizeof(path), "%s/from/%s-%s", p->job->layer_name, digest_alg_name(blob->alg),
             digest_hex(blob, hex));
    fd = openat(p->job->dirfd, path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? err_errno(p->err, errno, "marking a layer's origin") : 0;
}

static int judge(struct pipeline *p)
{
    struct digest diff_id;
    int r;

    if (p->sent < 0)
        return explain_failure(p, p->sent, &p->send_err);
    if (p->received < 0)
        return explain_failure(p, p->received, p->err);
    r = check_blob(p);
    if (r < 0)
        return r;
    if (digest_stream_final(p->hash, &diff_id) < 0)
        return err_set(p->err, EIO, "hashing a layer failed");
    if (!digest_equal(&diff_id, p->job->diff_id))
        return wrong_digest(p->err, "the layer, uncompressed,", &diff_id, p->job->diff_id);
    return p->job->layer_name ? mark_origin(p, p->job->blob_digest) : 0;
}

static int run(struct pipeline *p)
{
    pthread_t sender;
    int r = blob_in_open(&p->blob, p->job, p->err);

    if (r < 0)
        return r;
    p->blob.err = &p->blob_err;
    p->decompressor = decompressor_new(blob_in_read, &p->blob);
    p->channel = channel_new(BUFFERS, CHUNK);
    p->hash = digest_stream_new(p->job->diff_id->alg);
    if (!p->decompressor || !p->channel || !p->hash)
        return err_errno(p->err, ENOMEM, "importing a layer");
    r = pthread_create(&sender, NULL, run_sender, p);
    if (r != 0)
        return err_errno(p->err, r, "starting a thread");
    p->received = receive_all(p);
    channel_abandon(p->channel);
    pthread_join(sender, NULL);
    return judge(p);
}

int layer_job_run(const struct layer_job *job, struct err *err)
{
    struct err unused = {{0}};
    struct pipeline p = {.job = job, .err = err ? err : &unused, .blob = {.out = -1}};
    int r;

    p.err->text[0] = '\0';
    r = run(&p);
    digest_stream_free(p.hash);
    channel_free(p.channel);
    decompressor_free(p.decompressor);
    blob_in_close(&p.blob);
    return r;
}

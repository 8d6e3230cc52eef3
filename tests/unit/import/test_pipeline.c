/* SPDX-License-Identifier: Apache-2.0 */
/* Whole jobs: what comes of a blob, which reason wins when several things are wrong, and that neither thread
 * waits for the other one for ever (a hang shows as the test's timeout). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "import/pipeline.h"
#include "layer_dump.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tar_maker.h"

/* ---- a place with a blob in it, and the job to do */

struct place {
    char path[200];
    int fd, blob_fd;
    struct digest blob, diff_id;
    struct layer_job job;
    atomic_bool cancel;
    _Atomic uint64_t progress, cancel_at;
};

static void on_progress(void *ctx, uint64_t bytes)
{
    struct place *p = ctx;

    if ((p->progress += bytes) >= p->cancel_at)
        p->cancel = true;
}

/* Behind some other bytes, as in an archive. */
#define BEFORE 1000

static void place_init(struct place *p, const struct buf *blob, const struct buf *tar)
{
    const char *tmp = getenv("TMPDIR");
    static const char before[BEFORE];

    *p = (struct place){.cancel_at = UINT64_MAX};
    snprintf(p->path, sizeof(p->path), "%.100s/test-pipeline-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(p->path));
    p->fd = open(p->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    p->blob_fd = openat(p->fd, "source", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    assert_true(p->blob_fd >= 0);
    assert_int_equal(fd_write(p->blob_fd, before, sizeof(before)), 0);
    assert_int_equal(fd_write(p->blob_fd, blob->data, blob->len), 0);
    assert_int_equal(fd_write(p->blob_fd, before, sizeof(before)), 0);
    assert_int_equal(digest_of(DIGEST_SHA256, blob->data, blob->len, &p->blob), 0);
    assert_int_equal(digest_of(DIGEST_SHA256, tar->data, tar->len, &p->diff_id), 0);
    p->job = (struct layer_job){
        .blob = {.fd = p->blob_fd, .offset = BEFORE, .size = blob->len},
        .blob_digest = &p->blob,
        .diff_id = &p->diff_id,
        .dirfd = p->fd,
        .blob_name = "blob",
        .layer_name = "layer",
        .max_files = 100000,
        .max_size = UINT64_C(1) << 40,
        .cancel = &p->cancel,
        .progress = on_progress,
        .ctx = p,
    };
}

static void place_done(struct place *p)
{
    close(p->blob_fd);
    close(p->fd);
    assert_int_equal(beneath_remove(AT_FDCWD, p->path), 0);
}

static bool exists(struct place *p, const char *path)
{
    struct stat st;

    return fstatat(p->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void check_copy(struct place *p, const struct buf *blob)
{
    cleanup_fd int fd = openat(p->fd, "blob", O_RDONLY | O_CLOEXEC);
    cleanup_free char *data = NULL;
    size_t len;

    assert_true(fd >= 0);
    assert_int_equal(fd_slurp(fd, blob->len, &data, &len), 0);
    assert_int_equal(len, blob->len);
    assert_memory_equal(data, blob->data, len);
}

static void check_layer(struct place *p, const char *want)
{
    cleanup_fd int dir = openat(p->fd, "layer", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    cleanup_buf struct buf text = BUF_INIT;
    char hex[DIGEST_HEX_MAX], marker[300];

    assert_true(dir >= 0);
    layer_dump(dir, &text);
    assert_string_equal(buf_str(&text), want);
    snprintf(marker, sizeof(marker), "layer/from/%s-%s", digest_alg_name(p->blob.alg),
             digest_hex(&p->blob, hex));
    assert_true(exists(p, marker));
}

static void check_fails(struct place *p, int error, const char *line)
{
    struct err err;
    int r = layer_job_run(&p->job, &err);

    if (r != -error || !strstr(err.text, line))
        fail_msg("%d, \"%s\"; wanted %d, \"%s\"", r, err.text, -error, line);
    assert_false(exists(p, "layer/from"));
}

/* ---- blobs */

static void gzip(struct buf *out, const struct buf *in)
{
    z_stream z = {.next_in = (Bytef *)in->data, .avail_in = (uInt)in->len};

    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(buf_reserve(out, in->len + 10000), 0);
    z.next_out = (Bytef *)out->data;
    z.avail_out = (uInt)in->len + 10000;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len = z.total_out;
    deflateEnd(&z);
}

static void zstd(struct buf *out, const struct buf *in)
{
    size_t n;

    assert_int_equal(buf_reserve(out, ZSTD_compressBound(in->len)), 0);
    n = ZSTD_compress(out->data, ZSTD_compressBound(in->len), in->data, in->len, 1);
    assert_false(ZSTD_isError(n));
    out->len = n;
}

static void plain(struct buf *out, const struct buf *in)
{
    buf_append(out, in->data, in->len);
}

static void small_tar(struct buf *b)
{
    tar_file(b, "file", "hello", 5);
    tar_end(b);
    buf_append(b, "junk behind the end", 19);
}

#define SMALL_LAYER "f file 644 \"hello\"\n"

/* Bytes that do not compress, more of them than the channel holds. */
static void large_body(struct buf *b)
{
    cleanup_free uint8_t *data = malloc(8 << 20);
    uint32_t x = 1;

    for (size_t i = 0; i < 8 << 20; i++) {
        x = x * 1664525 + 1013904223;
        data[i] = (uint8_t)(x >> 24);
    }
    tar_file(b, "large", data, 8 << 20);
}

/* ---- the tests */

static void test_good_blobs(void **state)
{
    static void (*const pack[])(struct buf *, const struct buf *) = {plain, gzip, zstd};
    cleanup_buf struct buf tar = BUF_INIT;

    (void)state;
    small_tar(&tar);
    for (size_t i = 0; i < 3; i++) {
        cleanup_buf struct buf blob = BUF_INIT;
        struct place p;
        struct err err;

        pack[i](&blob, &tar);
        place_init(&p, &blob, &tar);
        if (layer_job_run(&p.job, &err) < 0)
            fail_msg("%s", err.text);
        assert_string_equal(err.text, "");
        assert_int_equal(p.progress, blob.len);
        check_copy(&p, &blob);
        check_layer(&p, SMALL_LAYER);
        place_done(&p);
    }
}

/* The blob is there already: it is not kept. The layer is: it is only verified. */
static void test_parts_that_are_left_out(void **state)
{
    cleanup_buf struct buf tar = BUF_INIT;
    struct err err;
    struct place p;

    (void)state;
    small_tar(&tar);
    place_init(&p, &tar, &tar);
    p.job.blob_name = NULL;
    p.job.progress = NULL;
    p.job.cancel = NULL;
    assert_int_equal(layer_job_run(&p.job, &err), 0);
    assert_false(exists(&p, "blob"));
    check_layer(&p, SMALL_LAYER);
    place_done(&p);

    place_init(&p, &tar, &tar);
    p.job.layer_name = NULL;
    assert_int_equal(layer_job_run(&p.job, &err), 0);
    check_copy(&p, &tar);
    assert_false(exists(&p, "layer"));
    p.diff_id.bytes[0] ^= 1;
    p.job.blob_name = "again";
    check_fails(&p, EBADMSG, "uncompressed");
    place_done(&p);
}

static void test_sha512(void **state)
{
    cleanup_buf struct buf tar = BUF_INIT, blob = BUF_INIT;
    struct err err;
    struct place p;

    (void)state;
    small_tar(&tar);
    gzip(&blob, &tar);
    place_init(&p, &blob, &tar);
    assert_int_equal(digest_of(DIGEST_SHA512, blob.data, blob.len, &p.blob), 0);
    assert_int_equal(digest_of(DIGEST_SHA512, tar.data, tar.len, &p.diff_id), 0);
    assert_int_equal(layer_job_run(&p.job, &err), 0);
    check_layer(&p, SMALL_LAYER);
    place_done(&p);
}

static void test_wrong_digests(void **state)
{
    cleanup_buf struct buf tar = BUF_INIT, blob = BUF_INIT;
    struct place p;

    (void)state;
    small_tar(&tar);
    gzip(&blob, &tar);
    place_init(&p, &blob, &tar);
    p.blob.bytes[31] ^= 1;
    check_fails(&p, EBADMSG, "the layer's blob has the digest sha256:");
    place_done(&p);

    place_init(&p, &blob, &tar);
    p.diff_id.bytes[0] ^= 1;
    check_fails(&p, EBADMSG, "uncompressed");
    place_done(&p);

    /* right in all but a byte behind the archive's end, which the diff ID is of as well */
    place_init(&p, &blob, &tar);
    tar.data[tar.len - 1] ^= 1;
    assert_int_equal(digest_of(DIGEST_SHA256, tar.data, tar.len, &p.diff_id), 0);
    check_fails(&p, EBADMSG, "uncompressed");
    place_done(&p);
}

/* Damage in the stream: with the digest that the manifest names it is the archive's fault, else the blob's.
 */
static void test_damage(void **state)
{
    cleanup_buf struct buf tar = BUF_INIT, blob = BUF_INIT, cut = BUF_INIT, no_tar = BUF_INIT;
    struct place p;

    (void)state;
    large_body(&tar);
    gzip(&blob, &tar);

    buf_append(&cut, blob.data, blob.len / 2);
    place_init(&p, &cut, &tar);
    check_fails(&p, EBADMSG, "gzip data is cut short");
    place_done(&p);
    place_init(&p, &cut, &tar);
    p.blob.bytes[0] ^= 1;
    check_fails(&p, EBADMSG, "the layer's blob has the digest");
    place_done(&p);

    /* an archive that is damaged at its first byte: the receiver leaves while the sender has megabytes */
    tar.data[0] ^= 1;
    plain(&no_tar, &tar);
    place_init(&p, &no_tar, &tar);
    check_fails(&p, EBADMSG, "it is no tar archive");
    place_done(&p);
    place_init(&p, &no_tar, &tar);
    p.blob.bytes[0] ^= 1;
    check_fails(&p, EBADMSG, "the layer's blob has the digest");
    assert_int_equal(p.progress, no_tar.len); /* all of it was hashed */
    place_done(&p);
}

/* A name that is refused may be one that was damaged. */
static void test_a_refused_entry(void **state)
{
    cleanup_buf struct buf tar = BUF_INIT;
    struct place p;

    (void)state;
    tar_file(&tar, "../escape", "x", 1);
    place_init(&p, &tar, &tar);
    check_fails(&p, EINVAL, "../escape");
    place_done(&p);
    place_init(&p, &tar, &tar);
    p.blob.bytes[0] ^= 1;
    check_fails(&p, EBADMSG, "the layer's blob has the digest");
    place_done(&p);
}

static void test_extents_that_end_early(void **state)
{
    cleanup_buf struct buf tar = BUF_INIT;
    struct place p;

    (void)state;
    small_tar(&tar);
    place_init(&p, &tar, &tar);
    p.job.blob.size += 2 * BEFORE;
    check_fails(&p, EBADMSG, "the blob is truncated");
    place_done(&p);
}

static void test_limits(void **state)
{
    cleanup_buf struct buf tar = BUF_INIT, blob = BUF_INIT, many = BUF_INIT;
    struct place p;

    (void)state;
    tar_header(&tar, &(struct tar_header){.name = "zeros", .size = 64 << 20});
    assert_int_equal(buf_reserve(&tar, 64 << 20), 0);
    memset(tar.data + tar.len, 0, 64 << 20);
    tar.len += 64 << 20;
    gzip(&blob, &tar);
    place_init(&p, &blob, &tar);
    p.job.max_size = 1 << 20;
    p.job.layer_name = NULL; /* so that no entry's size is looked at */
    check_fails(&p, EFBIG, "--max-layer-size");
    assert_true(p.progress < blob.len); /* the rest was not even read */
    place_done(&p);

    for (int i = 0; i < 20; i++) {
        char name[10];

        snprintf(name, sizeof(name), "%d", i);
        tar_file(&many, name, "", 0);
    }
    large_body(&many);
    place_init(&p, &many, &many);
    p.job.max_files = 10;
    check_fails(&p, E2BIG, "--max-files");
    place_done(&p);
}

static void test_cancel(void **state)
{
    static void (*const pack[])(struct buf *, const struct buf *) = {plain, gzip, zstd};
    cleanup_buf struct buf tar = BUF_INIT;

    (void)state;
    large_body(&tar);
    for (size_t i = 0; i < 3; i++) {
        cleanup_buf struct buf blob = BUF_INIT;

        pack[i](&blob, &tar);
        for (uint64_t at = 0; at < blob.len; at += blob.len / 5) {
            struct place p;

            place_init(&p, &blob, &tar);
            p.cancel_at = at;
            p.cancel = at == 0;
            check_fails(&p, ECANCELED, "interrupted");
            place_done(&p);
        }
    }
}

static void test_names_that_are_taken(void **state)
{
    static const char *const taken[] = {"blob", "layer"};
    cleanup_buf struct buf tar = BUF_INIT;

    (void)state;
    large_body(&tar);
    for (int i = 0; i < 2; i++) {
        struct place p;

        place_init(&p, &tar, &tar);
        assert_int_equal(mkdirat(p.fd, taken[i], 0700), 0);
        check_fails(&p, EEXIST, "File exists");
        place_done(&p);
    }
}

/* NULL when all is well. */
static void *run_job(void *arg)
{
    struct place *p = arg;
    struct err err;

    return layer_job_run(&p->job, &err) == 0 ? NULL : p;
}

static void test_several_at_once(void **state)
{
    cleanup_buf struct buf tar = BUF_INIT, blob = BUF_INIT;
    struct place p[4];
    pthread_t threads[4];

    (void)state;
    large_body(&tar);
    gzip(&blob, &tar);
    for (int i = 0; i < 4; i++) {
        place_init(&p[i], &blob, &tar);
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &p[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *failure;

        pthread_join(threads[i], &failure);
        assert_null(failure);
        check_copy(&p[i], &blob);
        place_done(&p[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_blobs),
        cmocka_unit_test(test_parts_that_are_left_out),
        cmocka_unit_test(test_sha512),
        cmocka_unit_test(test_wrong_digests),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_a_refused_entry),
        cmocka_unit_test(test_extents_that_end_early),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_names_that_are_taken),
        cmocka_unit_test(test_several_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Decompression: each stream is read in pieces of several sizes, fed in pieces of several sizes. Built twice:
 * with the inflate of the build, and with zlib's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bzlib.h>
#include <errno.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>
#include <zstd.h>

#include "import/decompress.h"
#include "os/buf.h"

/* ---- making streams */

static unsigned seed;

/* Text-like: long matches at all distances, some noise. */
static void make_plain(struct buf *b, size_t len)
{
    assert_int_equal(buf_reserve(b, len), 0);
    while (b->len < len) {
        size_t n = 1 + (size_t)rand_r(&seed) % 300;

        if (n > len - b->len)
            n = len - b->len;
        if (b->len > 0 && rand_r(&seed) % 4) {
            size_t from = (size_t)rand_r(&seed) % b->len;

            for (size_t i = 0; i < n; i++)
                b->data[b->len + i] = b->data[from + i];
        } else {
            for (size_t i = 0; i < n; i++)
                b->data[b->len + i] = (char)rand_r(&seed);
        }
        b->len += n;
    }
}

static void add_gzip(struct buf *b, const void *data, size_t len, bool long_header)
{
    static Bytef extra[3000];
    static Bytef name[700], comment[900];
    gz_header header = {
        .extra = extra, .extra_len = sizeof(extra), .name = name, .comment = comment, .hcrc = 1, .time = 7};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len};
    size_t room = len + 10000;

    memset(name, 'n', sizeof(name) - 1);
    memset(comment, 'c', sizeof(comment) - 1);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    if (long_header)
        assert_int_equal(deflateSetHeader(&z, &header), Z_OK);
    assert_int_equal(buf_reserve(b, room), 0);
    z.next_out = (Bytef *)b->data + b->len;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    b->len += room - z.avail_out;
    deflateEnd(&z);
}

static void add_zstd(struct buf *b, const void *data, size_t len)
{
    size_t room = ZSTD_compressBound(len), n;

    assert_int_equal(buf_reserve(b, room), 0);
    n = ZSTD_compress(b->data + b->len, room, data, len, 3);
    assert_false(ZSTD_isError(n));
    b->len += n;
}

static void add_skippable(struct buf *b, unsigned number, size_t len)
{
    uint8_t head[8] = {(uint8_t)(0x50 + number), 0x2a, 0x4d, 0x18, (uint8_t)len, (uint8_t)(len >> 8), 0, 0};

    buf_append(b, head, sizeof(head));
    for (size_t i = 0; i < len; i++)
        buf_append(b, "s", 1);
}

/* A frame with one uncompressed block, "hello", that asks for a window of 2^log. */
static void add_window(struct buf *b, unsigned log)
{
    uint8_t head[9] = {0x28, 0xb5, 0x2f, 0xfd, 0, (uint8_t)((log - 10) << 3), (5 << 3) | 1, 0, 0};

    buf_append(b, head, sizeof(head));
    buf_append(b, "hello", 5);
}

static void add_zeros(struct buf *b, size_t n)
{
    while (n-- > 0)
        buf_append(b, "", 1);
}

/* ---- reading them */

struct feed {
    const char *data;
    size_t len, pos, step;
    int error; /* given behind the data, instead of the end */
};

static ssize_t read_feed(void *ctx, void *buf, size_t len)
{
    struct feed *f = ctx;
    size_t n = f->len - f->pos;

    if (n == 0)
        return f->error;
    if (n > f->step)
        n = f->step;
    if (n > len)
        n = len;
    memcpy(buf, f->data + f->pos, n);
    f->pos += n;
    return (ssize_t)n;
}

/* All that comes out; returns what ended it: 0 or an error. */
static int decompress_all(struct feed *f, size_t out_step, struct buf *ret, struct err *err)
{
    struct decompressor *d = decompressor_new(read_feed, f);
    ssize_t n;

    assert_non_null(d);
    err->text[0] = '\0';
    do {
        assert_int_equal(buf_reserve(ret, out_step), 0);
        n = decompressor_read(d, ret->data + ret->len, out_step, err);
        if (n > 0)
            ret->len += (size_t)n;
    } while (n > 0);
    assert_int_equal(decompressor_read(d, ret->data, 1, err), n); /* an end and an error stay */
    decompressor_free(d);
    return (int)n;
}

static void check(const struct buf *stream, const struct buf *plain)
{
    static const size_t in_steps[] = {1, 7, 4096, SIZE_MAX}, out_steps[] = {1, 333, 65536, 1 << 20};

    for (size_t i = 0; i < 4; i++) {
        for (size_t o = 0; o < 4; o++) {
            struct feed f = {.data = stream->data, .len = stream->len, .step = in_steps[i]};
            cleanup_buf struct buf got = BUF_INIT;
            struct err err;

            if (plain->len > 100000 && (in_steps[i] == 1 || out_steps[o] == 1))
                continue; /* slow, and nothing new */
            assert_int_equal(decompress_all(&f, out_steps[o], &got, &err), 0);
            assert_int_equal(f.pos, stream->len);
            assert_int_equal(got.len, plain->len);
            if (plain->len)
                assert_memory_equal(got.data, plain->data, plain->len);
        }
    }
}

static void check_refused(const struct buf *stream, int error, const char *line)
{
    static const size_t in_steps[] = {1, SIZE_MAX};

    for (size_t i = 0; i < 2; i++) {
        struct feed f = {.data = stream->data, .len = stream->len, .step = in_steps[i]};
        cleanup_buf struct buf got = BUF_INIT;
        struct err err;

        assert_int_equal(decompress_all(&f, 4096, &got, &err), -error);
        if (!strstr(err.text, line))
            fail_msg("\"%s\" is not in \"%s\"", line, err.text);
    }
}

/* ---- the tests */

enum shape {
    PLAIN,
    GZIP,
    GZIP_LONG_HEADER,
    GZIP_MEMBERS,
    GZIP_ZEROS,
    GZIP_ZEROS_MEMBER,
    ZSTD,
    ZSTD_FRAMES,
    ZSTD_SKIPPABLE,
    XZ,
    XZ_STREAMS,
    BZIP2,
    BZIP2_STREAMS,
    SHAPES
};

static void add_xz(struct buf *b, const char *data, size_t len)
{
    size_t used = 0, room = lzma_stream_buffer_bound(len);

    assert_int_equal(buf_reserve(b, room), 0);
    assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)data, len,
                                             (uint8_t *)b->data + b->len, &used, room),
                     LZMA_OK);
    b->len += used;
}

static void add_bzip2(struct buf *b, const char *data, size_t len)
{
    unsigned used = (unsigned)len + (unsigned)len / 50 + 1000;
    char *copy = malloc(len + 1);

    assert_non_null(copy);
    if (len)
        memcpy(copy, data, len);
    assert_int_equal(buf_reserve(b, used), 0);
    assert_int_equal(BZ2_bzBuffToBuffCompress(b->data + b->len, &used, copy, (unsigned)len, 9, 0, 0), BZ_OK);
    b->len += used;
    free(copy);
}

static void add_shape(struct buf *b, enum shape shape, const char *data, size_t len)
{
    size_t half = len / 2;

    switch (shape) {
    case PLAIN:
        buf_append(b, data, len);
        break;
    case GZIP:
        add_gzip(b, data, len, false);
        break;
    case GZIP_LONG_HEADER:
        add_gzip(b, data, len, true);
        break;
    case GZIP_MEMBERS:
        add_gzip(b, data, half, false);
        add_gzip(b, data, 0, true);
        add_gzip(b, data + half, len - half, false);
        break;
    case GZIP_ZEROS:
        add_gzip(b, data, len, false);
        add_zeros(b, 1000);
        break;
    case GZIP_ZEROS_MEMBER:
        add_gzip(b, data, half, false);
        add_zeros(b, 13);
        add_gzip(b, data + half, len - half, false);
        break;
    case ZSTD:
        add_zstd(b, data, len);
        break;
    case ZSTD_FRAMES:
        add_zstd(b, data, half);
        add_zstd(b, data, 0);
        add_zstd(b, data + half, len - half);
        break;
    case XZ:
        add_xz(b, data, len);
        break;
    case XZ_STREAMS:
        add_xz(b, data, half);
        add_zeros(b, 4);
        add_xz(b, data + half, len - half);
        break;
    case BZIP2:
        add_bzip2(b, data, len);
        break;
    case BZIP2_STREAMS:
        add_bzip2(b, data, half);
        add_bzip2(b, data, 0);
        add_bzip2(b, data + half, len - half);
        break;
    default:
        add_skippable(b, 0, 300);
        add_zstd(b, data, half);
        add_skippable(b, 15, 0);
        add_zstd(b, data + half, len - half);
        add_skippable(b, 7, 5);
    }
}

static void test_streams(void **state)
{
    static const size_t lens[] = {0, 1, 100, 70000, 300000};

    (void)state;
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        cleanup_buf struct buf plain = BUF_INIT;

        make_plain(&plain, lens[i]);
        for (int shape = 0; shape < SHAPES; shape++) {
            cleanup_buf struct buf stream = BUF_INIT;

            add_shape(&stream, (enum shape)shape, plain.data, plain.len);
            check(&stream, &plain);
        }
    }
}

static void test_cut_at_every_byte(void **state)
{
    static const struct {
        enum shape shape;
        size_t from; /* less than this is no magic, and so plain data */
    } cases[] = {{GZIP, 3}, {GZIP_LONG_HEADER, 3}, {ZSTD, 4}, {XZ, 6}, {BZIP2, 10}};
    cleanup_buf struct buf plain = BUF_INIT;

    (void)state;
    make_plain(&plain, 400);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_buf struct buf stream = BUF_INIT;
        size_t whole;

        add_shape(&stream, cases[i].shape, plain.data, plain.len);
        whole = stream.len;
        for (stream.len = cases[i].from; stream.len < whole; stream.len++)
            check_refused(&stream, EBADMSG, "cut short");
    }
}

static void test_damage(void **state)
{
    cleanup_buf struct buf plain = BUF_INIT;

    (void)state;
    make_plain(&plain, 50000);
    for (int shape = GZIP; shape <= ZSTD; shape += ZSTD - GZIP) {
        cleanup_buf struct buf stream = BUF_INIT;

        add_shape(&stream, (enum shape)shape, plain.data, plain.len);
        if (shape == GZIP) { /* the checksum, and the length behind it */
            stream.data[stream.len - 6] ^= 1;
            check_refused(&stream, EBADMSG, "damaged");
            stream.data[stream.len - 6] ^= 1;
            stream.data[stream.len - 2] ^= 1;
            check_refused(&stream, EBADMSG, "damaged");
            stream.data[stream.len - 2] ^= 1;
        }
        for (size_t at = 20; at < stream.len; at += 97) {
            struct feed f = {.data = stream.data, .len = stream.len, .step = SIZE_MAX};
            cleanup_buf struct buf got = BUF_INIT;
            struct err err;
            int r;

            stream.data[at] ^= 0x10;
            r = decompress_all(&f, 4096, &got, &err);
            /* zstd frames made by ZSTD_compress have no checksum; gzip's always have, but there are bits in
             * it that mean nothing: those that fill up the byte before a stored block. */
            if (r == 0 && shape == GZIP)
                assert_true(got.len == plain.len && memcmp(got.data, plain.data, plain.len) == 0);
            else
                assert_true(r == -EBADMSG || r == 0);
            assert_true((r < 0) == (err.text[0] != '\0'));
            stream.data[at] ^= 0x10;
        }
    }
}

static void test_damaged_xz_and_bzip2(void **state)
{
    cleanup_buf struct buf plain = BUF_INIT;

    (void)state;
    make_plain(&plain, 20000);
    for (int shape = XZ; shape <= BZIP2; shape += BZIP2 - XZ) {
        cleanup_buf struct buf stream = BUF_INIT;

        add_shape(&stream, (enum shape)shape, plain.data, plain.len);
        for (size_t at = 14; at < stream.len; at += 97) {
            stream.data[at] ^= 0x10;
            check_refused(&stream, EBADMSG, "data is ");
            stream.data[at] ^= 0x10;
        }
        buf_append(&stream, "junk", 4);
        check_refused(&stream, EBADMSG, "data after the end");
    }
}

/* A stream that wants a dictionary of 1 GiB, for which nothing is allocated. */
static void test_xz_memory(void **state)
{
    lzma_options_lzma options;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    uint8_t out[200];
    size_t used = 0;
    struct buf stream = {.data = (char *)out};

    (void)state;
    lzma_lzma_preset(&options, 0);
    options.dict_size = 1u << 30;
    if (lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, (const uint8_t *)"x", 1, out, &used,
                                  sizeof(out)) != LZMA_OK)
        skip(); /* it takes as much memory to write one */
    stream.len = used;
    check_refused(&stream, EFBIG, "more than 128 MiB");
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        int error;
        const char *line;
    } cases[] = {
        {"\x04\x22\x4d\x18____", 8, EBADMSG, "compressed with lz4"},
        {"\x1f\x8b\x08\xe0______________", 18, EBADMSG, ""}, /* reserved flags or a broken body */
        {"\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 19, EBADMSG,
         "damaged"},
    };
    cleanup_buf struct buf junk = BUF_INIT, junk2 = BUF_INIT, wide = BUF_INIT, zstd_junk = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf b = {(char *)(uintptr_t)cases[i].bytes, cases[i].len, 0};

        check_refused(&b, cases[i].error, cases[i].line);
    }
    add_gzip(&junk, "x", 1, false);
    buf_append(&junk, "junk", 4);
    check_refused(&junk, EBADMSG, "after the end");
    add_gzip(&junk2, "x", 1, false);
    add_zeros(&junk2, 5);
    buf_append(&junk2, "\x1fjunk and so on, more than a header", 30);
    check_refused(&junk2, EBADMSG, "damaged");
    add_zstd(&zstd_junk, "x", 1);
    buf_append(&zstd_junk, "junk that is no frame", 20);
    check_refused(&zstd_junk, EBADMSG, "damaged");
    add_window(&wide, 28);
    check_refused(&wide, EFBIG, "128 MiB");
}

static void test_the_widest_window(void **state)
{
    cleanup_buf struct buf stream = BUF_INIT;
    struct buf plain = {(char *)(uintptr_t) "hello", 5, 0};

    (void)state;
    add_window(&stream, 27);
    check(&stream, &plain);
}

/* Text that only begins like a magic is plain. */
static void test_no_magic(void **state)
{
    static const char *const texts[] = {"BZh9 is a file name", "\x1f\x8b", "\x1f\x8b\x07 not deflate",
                                        "\x28\xb5\x2f"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct buf b = {(char *)(uintptr_t)texts[i], strlen(texts[i]), 0};

        check(&b, &b);
    }
}

static void test_read_errors_pass_through(void **state)
{
    cleanup_buf struct buf plain = BUF_INIT;

    (void)state;
    make_plain(&plain, 100000);
    for (int shape = 0; shape < SHAPES; shape++) {
        cleanup_buf struct buf stream = BUF_INIT;

        add_shape(&stream, (enum shape)shape, plain.data, plain.len);
        for (size_t cut = 0; cut < stream.len; cut += 1 + stream.len / 7) {
            struct feed f = {.data = stream.data, .len = cut, .step = 1000, .error = -ECANCELED};
            cleanup_buf struct buf got = BUF_INIT;
            struct err err;

            assert_int_equal(decompress_all(&f, 4096, &got, &err), -ECANCELED);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_damaged_xz_and_bzip2),
        cmocka_unit_test(test_xz_memory),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_the_widest_window),
        cmocka_unit_test(test_no_magic),
        cmocka_unit_test(test_read_errors_pass_through),
    };

    seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

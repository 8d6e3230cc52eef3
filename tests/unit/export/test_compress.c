/* SPDX-License-Identifier: Apache-2.0 */
/* What is compressed is what was given, and the same bytes give the same, whatever the machine and the pieces
 * in which they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "export/compress.h"
#include "os/buf.h"
#include "os/cleanup.h"

#define SIZE (12u << 20) /* more than one worker of zstd's takes */

static long processors = 2;

/* In the place of libc's, for the library alone (--wrap): the machine that we are on. */
long __real_sysconf(int name);
long __wrap_sysconf(int name);

long __wrap_sysconf(int name)
{
    return name == _SC_NPROCESSORS_ONLN ? processors : __real_sysconf(name);
}

static int keep(void *ctx, const void *data, size_t len)
{
    return buf_append(ctx, data, len);
}

/* Something that can be compressed, but not to nothing. */
static char *make_input(void)
{
    char *data = malloc(SIZE);
    uint32_t x = 1;

    assert_non_null(data);
    for (size_t i = 0; i < SIZE; i++) {
        x = x * 1664525 + 1013904223;
        data[i] = (char)("abcdefgh"[x >> 29] + (i % 4096 == 0 ? (char)(x >> 8) : 0));
    }
    return data;
}

static void compress_in_pieces(enum compression kind, const char *data, size_t piece, struct buf *ret)
{
    struct compressor *c = compressor_new(kind, keep, ret);

    assert_non_null(c);
    for (size_t at = 0; at < SIZE; at += piece)
        assert_int_equal(compressor_write(c, data + at, SIZE - at < piece ? SIZE - at : piece), 0);
    assert_int_equal(compressor_end(c), 0);
    compressor_free(c);
}

static void check_zstd(const struct buf *b, const char *data)
{
    cleanup_free char *got = malloc(SIZE + 1);

    assert_non_null(got);
    assert_int_equal(ZSTD_decompress(got, SIZE + 1, b->data, b->len), SIZE);
    assert_memory_equal(got, data, SIZE);
}

static void check_gzip(struct buf *b, const char *data)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0}; /* no name, and no time */
    cleanup_free char *got = malloc(SIZE + 1);
    z_stream z = {.next_in = (unsigned char *)b->data, .avail_in = (unsigned)b->len};

    assert_non_null(got);
    assert_memory_equal(b->data, head, sizeof head);
    z.next_out = (unsigned char *)got;
    z.avail_out = SIZE + 1;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, SIZE);
    assert_int_equal(z.avail_in, 0);
    assert_int_equal(inflateEnd(&z), Z_OK);
    assert_memory_equal(got, data, SIZE);
}

static void the_same_bytes_everywhere(void **state)
{
    static const struct {
        long processors;
        size_t piece;
    } machines[] = {{1, 256 << 10},  {2, 256 << 10},  {8, 256 << 10},
                    {64, 256 << 10}, {-1, 256 << 10}, {2, 99991}};
    cleanup_free char *data = make_input();

    (void)state;
    for (enum compression kind = COMPRESSION_ZSTD; kind <= COMPRESSION_NONE; kind++) {
        cleanup_buf struct buf first = BUF_INIT;

        for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
            if (kind != COMPRESSION_ZSTD && i > 0 && machines[i].piece == machines[0].piece)
                continue; /* nothing goes by processors */
            cleanup_buf struct buf b = BUF_INIT;
            struct buf *to = i ? &b : &first;

            processors = machines[i].processors;
            compress_in_pieces(kind, data, machines[i].piece, to);
            if (i > 0) {
                assert_int_equal(b.len, first.len);
                assert_memory_equal(b.data, first.data, b.len);
            }
        }
        if (kind == COMPRESSION_ZSTD)
            check_zstd(&first, data);
        else if (kind == COMPRESSION_GZIP)
            check_gzip(&first, data);
        else
            assert_memory_equal(first.data, data, SIZE);
        assert_true(kind == COMPRESSION_NONE || first.len < SIZE / 2);
    }
}

static int refuse(void *ctx, const void *data, size_t len)
{
    (void)data, (void)len;
    ++*(int *)ctx;
    return -ENOSPC;
}

/* Who writes them says why not; it comes back at once, or at the end. */
static void what_cannot_be_written(void **state)
{
    cleanup_free char *data = make_input();

    (void)state;
    processors = 2;
    for (enum compression kind = COMPRESSION_ZSTD; kind <= COMPRESSION_NONE; kind++) {
        int calls = 0, r = 0;
        struct compressor *c = compressor_new(kind, refuse, &calls);

        assert_non_null(c);
        for (size_t at = 0; r == 0 && at < SIZE; at += 1 << 20)
            r = compressor_write(c, data + at, 1 << 20);
        if (r == 0)
            r = compressor_end(c);
        assert_int_equal(r, -ENOSPC);
        assert_int_equal(calls, 1);
        compressor_free(c);
    }
    compressor_free(NULL);
}

static void words(void **state)
{
    enum compression c = COMPRESSION_NONE;

    (void)state;
    assert_int_equal(compression_parse("zstd", &c), 0);
    assert_int_equal(c, COMPRESSION_ZSTD);
    assert_int_equal(compression_parse("gzip", &c), 0);
    assert_int_equal(c, COMPRESSION_GZIP);
    assert_int_equal(compression_parse("none", &c), 0);
    assert_int_equal(c, COMPRESSION_NONE);
    assert_int_equal(compression_parse("", &c), -EINVAL);
    assert_int_equal(compression_parse("GZIP", &c), -EINVAL);
    assert_int_equal(c, COMPRESSION_NONE);
    assert_string_equal(compression_media_type(COMPRESSION_ZSTD),
                        "application/vnd.oci.image.layer.v1.tar+zstd");
    assert_string_equal(compression_media_type(COMPRESSION_GZIP),
                        "application/vnd.oci.image.layer.v1.tar+gzip");
    assert_string_equal(compression_media_type(COMPRESSION_NONE), "application/vnd.oci.image.layer.v1.tar");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_everywhere),
        cmocka_unit_test(what_cannot_be_written),
        cmocka_unit_test(words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Sparse files: one content in each of the formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "os/cleanup.h"
#include "tar_maker.h"
#include "unpack_case.h"

#define HEADER_IN(to, ...) tar_header(to, &(struct tar_header){__VA_ARGS__})
#define HEADER(...)        HEADER_IN(b, __VA_ARGS__)

struct sparse_file {
    int64_t size;
    size_t n;
    int64_t pairs[64]; /* offset, length */
};

enum sparse_format { SPARSE_OLD, SPARSE_00, SPARSE_01, SPARSE_10, SPARSE_FORMATS };

static void sparse_data(struct buf *b, const struct sparse_file *f)
{
    for (size_t i = 0; i < f->n; i++)
        for (int64_t k = 0; k < f->pairs[2 * i + 1]; k++)
            buf_printf(b, "%c", (int)('a' + (f->pairs[2 * i] + k) % 26));
}

static void sparse_old(struct buf *b, const struct sparse_file *f, const struct buf *data)
{
    size_t n = f->n < 4 ? f->n : 4;

    HEADER(.type = 'S', .name = "sparse", .gnu = true, .size = (int64_t)data->len, .sparse = f->pairs,
           .n_sparse = n, .real_size = f->size, .extended = f->n > 4);
    for (size_t at = n; at < f->n; at += n) {
        n = f->n - at < 21 ? f->n - at : 21;
        tar_sparse_block(b, f->pairs + 2 * at, n, at + n < f->n);
    }
    tar_body(b, data->data, data->len);
}

static void record_number(struct buf *r, const char *key, int64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)n);
    tar_record(r, key, text, strlen(text));
}

static void sparse_pax_0(struct buf *b, const struct sparse_file *f, const struct buf *data, bool map)
{
    cleanup_buf struct buf r = BUF_INIT, text = BUF_INIT;

    record_number(&r, "GNU.sparse.size", f->size);
    record_number(&r, "GNU.sparse.numblocks", (int64_t)f->n);
    for (size_t i = 0; i < f->n; i++) {
        buf_printf(&text, "%s%lld,%lld", i ? "," : "", (long long)f->pairs[2 * i],
                   (long long)f->pairs[2 * i + 1]);
        if (!map) {
            record_number(&r, "GNU.sparse.offset", f->pairs[2 * i]);
            record_number(&r, "GNU.sparse.numbytes", f->pairs[2 * i + 1]);
        }
    }
    if (map)
        tar_record(&r, "GNU.sparse.map", text.data, text.len);
    tar_record(&r, "GNU.sparse.name", "sparse", 6);
    tar_pax(b, 'x', &r);
    HEADER(.name = "GNUSparseFile.1/sparse", .size = (int64_t)data->len);
    tar_body(b, data->data, data->len);
}

static void sparse_pax_1(struct buf *b, const struct sparse_file *f, const struct buf *data)
{
    cleanup_buf struct buf r = BUF_INIT, body = BUF_INIT;

    tar_record(&r, "GNU.sparse.major", "1", 1);
    tar_record(&r, "GNU.sparse.minor", "0", 1);
    tar_record(&r, "GNU.sparse.name", "sparse", 6);
    record_number(&r, "GNU.sparse.realsize", f->size);
    tar_pax(b, 'x', &r);
    buf_printf(&body, "%zu\n", f->n);
    for (size_t i = 0; i < 2 * f->n; i++)
        buf_printf(&body, "%lld\n", (long long)f->pairs[i]);
    while (body.len % 512)
        buf_append(&body, "", 1);
    buf_append(&body, data->data, data->len);
    HEADER(.name = "GNUSparseFile.1/sparse", .size = (int64_t)body.len);
    tar_body(b, body.data, body.len);
}

static void sparse_archive(struct buf *b, enum sparse_format format, const struct sparse_file *f)
{
    cleanup_buf struct buf data = BUF_INIT;

    sparse_data(&data, f);
    switch (format) {
    case SPARSE_OLD:
        sparse_old(b, f, &data);
        break;
    case SPARSE_10:
        sparse_pax_1(b, f, &data);
        break;
    default:
        sparse_pax_0(b, f, &data, format == SPARSE_01);
    }
    if (format != SPARSE_01) /* there it is the last one */
        tar_file(b, "then", "t", 1);
    tar_end(b);
}

/* The layer's text, from the plain content. */
static void sparse_want(struct buf *want, enum sparse_format format, const struct sparse_file *f)
{
    cleanup_free char *content = calloc(1, (size_t)f->size + 1);
    uint64_t pages = 0;

    for (size_t i = 0; i < f->n; i++)
        for (int64_t k = 0; k < f->pairs[2 * i + 1]; k++)
            content[f->pairs[2 * i] + k] = (char)('a' + (f->pairs[2 * i] + k) % 26);
    for (int64_t at = 0; at < f->size; at += 4096) {
        bool used = false;

        for (size_t i = 0; i < f->n; i++)
            used = used || (f->pairs[2 * i + 1] > 0 && f->pairs[2 * i] < at + 4096 &&
                            f->pairs[2 * i] + f->pairs[2 * i + 1] > at);
        pages += used;
    }
    buf_printf(want, "f sparse 644%s", f->size >= 1 << 20 ? " own" : "");
    if (pages != (uint64_t)(f->size + 4095) / 4096)
        buf_printf(want, " blocks %llu", (unsigned long long)pages * 8);
    if (f->size <= 40)
        buf_printf(want, " \"%s\"\n", content);
    else
        buf_printf(want, " %lld bytes %016llx\n", (long long)f->size,
                   (unsigned long long)XXH3_64bits(content, (size_t)f->size));
    if (format != SPARSE_01)
        buf_printf(want, "f then 644 \"t\"\n");
}

static void test_sparse_files(void **state)
{
    struct sparse_file many = {.size = 30 * 8192, .n = 30};
    const struct sparse_file files[] = {
        {20000, 3, {4096, 100, 12288, 4096, 20000, 0}},
        {2 << 20, 3, {0, 512, 1 << 20, 4096, 2 << 20, 0}},
        {3 << 20, 2, {(3 << 20) - 5, 5, 3 << 20, 0}},
        {100000, 1, {100000, 0}},
        {10, 1, {0, 10}},
        {5000, 2, {0, 1, 4999, 1}},
        {300, 2, {100, 1, 300, 0}},
    };

    (void)state;
    for (size_t i = 0; i < many.n; i++) {
        many.pairs[2 * i] = (int64_t)i * 8192;
        many.pairs[2 * i + 1] = 512;
    }
    for (int format = 0; format < SPARSE_FORMATS; format++) {
        for (size_t i = 0; i <= sizeof(files) / sizeof(files[0]); i++) {
            const struct sparse_file *f = i < sizeof(files) / sizeof(files[0]) ? &files[i] : &many;
            cleanup_buf struct buf bytes = BUF_INIT, want = BUF_INIT;
            char name[40];

            snprintf(name, sizeof(name), "sparse format %d, file %zu", format, i);
            sparse_archive(&bytes, (enum sparse_format)format, f);
            sparse_want(&want, (enum sparse_format)format, f);
            check_unpacked(name, &bytes, buf_str(&want));
        }
    }
}

/* Holes must be holes on disk, in the pack as well. */
static void test_holes_cost_nothing(void **state)
{
    const struct sparse_file in_pack = {1000000, 2, {0, 4096, 1000000, 0}},
                             own = {1 << 30, 2, {0, 4096, 1 << 30, 0}};
    const struct sparse_file *files[] = {&in_pack, &own};
    static const char *const paths[] = {"pack", "files/1"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct unpack_place p = unpack_place_new();
        cleanup_buf struct buf bytes = BUF_INIT;
        struct stat st;
        struct err err;

        sparse_archive(&bytes, SPARSE_10, files[i]);
        assert_int_equal(unpack_bytes(&bytes, SIZE_MAX, 0, p.fd, &unpack_roomy, &err), 0);
        assert_int_equal(fstatat(p.fd, paths[i], &st, 0), 0);
        assert_true(st.st_size >= files[i]->size);
        assert_true(st.st_blocks * 512 <= 65536);
        unpack_place_done(&p);
    }
}

static void test_sparse_maps_that_lie(void **state)
{
    static const struct {
        const char *name;
        struct sparse_file file;
    } cases[] = {
        {"overlapping", {2000, 2, {0, 512, 256, 512}}},
        {"unsorted", {9000, 2, {4096, 512, 0, 512}}},
        {"past the size", {9000, 2, {0, 512, 9000, 512}}},
        {"ending past the size", {9000, 2, {0, 512, 8999, 2}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int format = 0; format < SPARSE_FORMATS; format++) {
            cleanup_buf struct buf bytes = BUF_INIT;

            sparse_archive(&bytes, (enum sparse_format)format, &cases[i].file);
            check_not_unpacked(cases[i].name, &bytes, &unpack_roomy, EBADMSG, "sparse map");
        }
    }
}

/* 8 EiB in a few bytes: the sizes of files count, not those of archives. */
static void test_a_vast_file(void **state)
{
    const struct sparse_file vast = {INT64_MAX, 1, {0, 1}};
    cleanup_buf struct buf bytes = BUF_INIT;

    (void)state;
    sparse_archive(&bytes, SPARSE_10, &vast);
    check_not_unpacked("vast", &bytes, &unpack_roomy, EFBIG, "--max-layer-size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse_files),
        cmocka_unit_test(test_holes_cost_nothing),
        cmocka_unit_test(test_sparse_maps_that_lie),
        cmocka_unit_test(test_a_vast_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

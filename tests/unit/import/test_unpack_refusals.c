/* SPDX-License-Identifier: Apache-2.0 */
/* Archives that are refused, and the words that say why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tar_maker.h"
#include "unpack_case.h"

#define HEADER_IN(to, ...) tar_header(to, &(struct tar_header){__VA_ARGS__})
#define HEADER(...)        HEADER_IN(b, __VA_ARGS__)

#define A100                                                                                                 \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void bad_checksum(struct buf *b)
{
    tar_file(b, "file", "x", 1);
    b->data[3] ^= 1;
}

static void bad_second_checksum(struct buf *b)
{
    size_t at;

    tar_file(b, "file", "x", 1);
    at = b->len;
    tar_file(b, "other", "x", 1);
    b->data[at + 1] ^= 1;
}

static void no_archive(struct buf *b)
{
    for (int i = 0; i < 50; i++)
        buf_printf(b, "This is a text of more than one block. ");
}

static void short_text(struct buf *b)
{
    buf_printf(b, "text");
}

static void negative_size(struct buf *b)
{
    HEADER(.name = "file", .size = -1);
}

static void huge_size(struct buf *b)
{
    HEADER(.name = "file", .size = INT64_MAX - 1);
    tar_body(b, "x", 1);
}

static void negative_pax_size(struct buf *b)
{
    tar_pax1(b, "size", "-5");
    HEADER(.name = "file");
}

static void huge_pax_header(struct buf *b)
{
    HEADER(.type = 'x', .name = "x", .size = INT64_C(1) << 33);
    tar_body(b, "x", 1);
}

static void malformed_pax(struct buf *b)
{
    struct buf r = {(char *)(uintptr_t) "9 path\n\n\n", 9, 0};

    tar_pax(b, 'x', &r);
    HEADER(.name = "file");
    tar_end(b);
}

static void pax_length_lies(struct buf *b)
{
    struct buf r = {(char *)(uintptr_t) "99 path=x\n", 10, 0};

    tar_pax(b, 'x', &r);
    HEADER(.name = "file");
    tar_end(b);
}

static void uid_minus_one(struct buf *b)
{
    HEADER(.name = "file", .uid = 4294967295);
}

static void negative_gid(struct buf *b)
{
    HEADER(.name = "file", .gid = -2);
}

static void big_pax_uid(struct buf *b)
{
    tar_pax1(b, "uid", "4294967296"); /* 0, if it wrapped */
    HEADER(.name = "file");
}

static void wide_device(struct buf *b)
{
    HEADER(.type = '3', .name = "device", .major = 4096, .minor = 1);
}

static void symlink_with_size(struct buf *b)
{
    tar_pax1(b, "size", "512");
    HEADER(.type = '2', .name = "link", .link = "x");
    tar_body(b, "text", 4);
}

static void symlink_without_target(struct buf *b)
{
    HEADER(.type = '2', .name = "link");
}

static void hardlink_without_target(struct buf *b)
{
    HEADER(.type = '1', .name = "link");
}

static void continuation(struct buf *b)
{
    HEADER(.type = 'M', .name = "file", .gnu = true);
}

static void real_size_without_map(struct buf *b)
{
    tar_pax1(b, "SCHILY.realsize", "1000");
    tar_file(b, "file", "x", 1);
    tar_end(b);
}

static void long_xattr_name(struct buf *b)
{
    tar_pax1(b, "SCHILY.xattr." A100 A100 A100, "x");
    HEADER(.name = "file");
}

static void long_xattr_value(struct buf *b)
{
    static char value[65538];

    memset(value, 'v', sizeof(value) - 1);
    tar_pax1(b, "SCHILY.xattr.user.x", value);
    HEADER(.name = "file");
}

static void many_xattrs(struct buf *b)
{
    cleanup_buf struct buf r = BUF_INIT;

    for (int i = 0; i < 6000; i++) {
        char key[60];

        snprintf(key, sizeof(key), "SCHILY.xattr.user.%06d", i);
        tar_record(&r, key, "", 0);
    }
    tar_pax(b, 'x', &r);
    HEADER(.name = "file");
}

static void escaping_name(struct buf *b)
{
    HEADER(.name = "a/../../x");
}

static void too_many_headers(struct buf *b)
{
    for (int i = 0; i < 100; i++)
        tar_gnu_long(b, 'L', "x");
    HEADER(.name = "file");
}

static void header_without_file(struct buf *b)
{
    tar_pax1(b, "path", "x");
    tar_end(b);
}

struct bad_case {
    const char *name;
    void (*make)(struct buf *);
    int error;
    const char *line;
};

static const struct bad_case bad_cases[] = {
    {"checksum", bad_checksum, EBADMSG, "it is no tar archive"},
    {"second checksum", bad_second_checksum, EBADMSG, "near byte 1024"},
    {"text", no_archive, EBADMSG, "it is no tar archive"},
    {"short text", short_text, EBADMSG, "it is no tar archive"},
    {"negative size", negative_size, EBADMSG, "negative"},
    {"huge size", huge_size, EFBIG, "--max-layer-size"},
    {"negative pax size", negative_pax_size, EBADMSG, "negative"},
    {"huge pax header", huge_pax_header, EBADMSG, "too large"},
    {"malformed pax header", malformed_pax, EBADMSG, "pax"},
    {"pax length", pax_length_lies, EBADMSG, "pax"},
    {"uid 2^32 - 1", uid_minus_one, EBADMSG, "user 4294967295 is out of range"},
    {"gid -2", negative_gid, EBADMSG, "group -2 is out of range"},
    {"uid 2^32", big_pax_uid, EBADMSG, "user 4294967296 is out of range"},
    {"device 4096:1", wide_device, EBADMSG, "invalid device 4096:1"},
    {"symbolic link with a body", symlink_with_size, EBADMSG, "body"},
    {"symbolic link to nothing", symlink_without_target, EBADMSG, "target"},
    {"hard link to nothing", hardlink_without_target, EBADMSG, "entry \"link\""},
    {"continuation", continuation, EBADMSG, "type"},
    {"real size without a map", real_size_without_map, EBADMSG, "sparse map"},
    {"name of an attribute", long_xattr_name, EBADMSG, "255"},
    {"value of an attribute", long_xattr_value, EBADMSG, "64 KiB"},
    {"names of attributes", many_xattrs, EBADMSG, "64 KiB"},
    {"escaping name", escaping_name, EINVAL, "a/../../x"},
    {"special headers", too_many_headers, EBADMSG, "two long names"},
    {"header without a file", header_without_file, EBADMSG, "damaged"},
};

static void test_archives_that_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_cases) / sizeof(bad_cases[0]); i++) {
        cleanup_buf struct buf bytes = BUF_INIT;

        bad_cases[i].make(&bytes);
        check_not_unpacked(bad_cases[i].name, &bytes, &unpack_roomy, bad_cases[i].error, bad_cases[i].line);
    }
}

static void test_limits(void **state)
{
    const struct unpack_limits few = {.max_files = 3, .max_size = 1 << 20},
                               little = {.max_files = 100, .max_size = 99};
    cleanup_buf struct buf many = BUF_INIT, large = BUF_INIT;

    (void)state;
    for (int i = 0; i < 10; i++) {
        char name[10];

        snprintf(name, sizeof(name), "f%d", i);
        tar_file(&many, name, "1234567890", 10);
    }
    tar_end(&many);
    check_not_unpacked("files", &many, &few, E2BIG, "--max-files");
    check_not_unpacked("size", &many, &little, EFBIG, "--max-layer-size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_archives_that_are_refused),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

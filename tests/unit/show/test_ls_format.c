/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata as ls -l shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "show/ls_format.h"

static void test_mode(void **state)
{
    static const struct {
        uint32_t mode;
        const char *text, *type;
    } cases[] = {
        {S_IFREG | 0644, "-rw-r--r--", "file"},
        {S_IFDIR | 01777, "drwxrwxrwt", "directory"},
        {S_IFDIR | 01776, "drwxrwxrwT", "directory"},
        {S_IFREG | 04755, "-rwsr-xr-x", "file"},
        {S_IFREG | 04644, "-rwSr--r--", "file"},
        {S_IFREG | 02755, "-rwxr-sr-x", "file"},
        {S_IFREG | 02745, "-rwxr-Sr-x", "file"},
        {S_IFLNK | 0777, "lrwxrwxrwx", "symlink"},
        {S_IFCHR | 0600, "crw-------", "char"},
        {S_IFBLK | 0, "b---------", "block"},
        {S_IFIFO | 0111, "p--x--x--x", "fifo"},
        {S_IFSOCK | 07777, "srwsrwsrwt", "socket"},
        {0644, "?rw-r--r--", "unknown"},
    };
    char buf[MODE_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(mode_format(cases[i].mode, buf), cases[i].text);
        assert_string_equal(mode_type(cases[i].mode), cases[i].type);
    }
}

static void test_time(void **state)
{
    static const struct {
        struct timespec t;
        const char *local, *utc;
    } cases[] = {
        {{0, 0}, "1970-01-01 00:00", "1970-01-01T00:00:00.000000000Z"},
        {{1740832200, 1}, "2025-03-01 12:30", "2025-03-01T12:30:00.000000001Z"},
        {{-1, 999999999}, "1969-12-31 23:59", "1969-12-31T23:59:59.999999999Z"},
        {{INT64_MAX, 5}, "9223372036854775807", "9223372036854775807"},
    };
    char buf[TIME_TEXT_MAX];

    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(time_format(cases[i].t.tv_sec, buf), cases[i].local);
        assert_string_equal(time_format_utc(&cases[i].t, buf), cases[i].utc);
    }
}

static void test_long(void **state)
{
    const struct tree_attr file = {.mode = S_IFREG | 0644, .nlink = 12, .uid = 1000, .size = 5};
    const struct tree_attr device = {
        .mode = S_IFCHR | 0666, .nlink = 1, .gid = 5, .rdev_major = 136, .rdev_minor = 7};
    struct ls_widths w = {0};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    assert_non_null(out);
    ls_widths_add(&w, &file);
    ls_widths_add(&w, &device);
    assert_int_equal(ls_print_long(out, &w, &file) | ls_print_long(out, &w, &device), 0);
    fclose(out);
    assert_string_equal(text, "-rw-r--r-- 12 1000 0     5 1970-01-01 00:00 "
                              "crw-rw-rw-  1    0 5 136,7 1970-01-01 00:00 ");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mode),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

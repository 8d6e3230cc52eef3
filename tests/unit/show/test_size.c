/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes as people write and read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "show/size.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void test_format(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {1, "1 B"},
        {999, "999 B"},
        {1000, "1.0 kB"},
        {1049, "1.0 kB"},
        {1050, "1.1 kB"},
        {9949, "9.9 kB"},
        {9950, "10 kB"},
        {120400, "120 kB"},
        {999499, "999 kB"},
        {999500, "1.0 MB"},
        {120000000, "120 MB"},
        {999499999, "999 MB"},
        {999500000, "1.0 GB"},
        {1000000000000, "1.0 TB"},
        {UINT64_MAX, "18 EB"},
    };
    char buf[SIZE_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(size_format(cases[i].bytes, buf), cases[i].text);
}

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int r;
        uint64_t bytes;
    } cases[] = {
        {"0", 0, 0},
        {"4096", 0, 4096},
        {"12B", 0, 12},
        {"1k", 0, 1024},
        {"1K", 0, 1024},
        {"1KiB", 0, 1024},
        {"1kB", 0, 1000},
        {"20G", 0, UINT64_C(20) << 30},
        {"3mb", 0, 3000000},
        {"2T", 0, UINT64_C(2) << 40},
        {"1P", 0, UINT64_C(1) << 50},
        {"18446744073709551615", 0, UINT64_MAX},
        {"18446744073709551616", -ERANGE, 0},
        {"99999999999T", -ERANGE, 0},
        {"", -EINVAL, 0},
        {"G", -EINVAL, 0},
        {"-1", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"1 G", -EINVAL, 0},
        {"1.5G", -EINVAL, 0},
        {"1X", -EINVAL, 0},
        {"1Gi", -EINVAL, 0},
        {"1GBs", -EINVAL, 0},
        {"0x10", -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t bytes = 77;
        assert_int_equal(size_parse(cases[i].text, &bytes), cases[i].r);
        assert_true(bytes == (cases[i].r ? 77 : cases[i].bytes)); /* nothing is touched on failure */
    }
}

static void test_number(void **state)
{
    uint64_t n = 5;

    (void)state;
    assert_int_equal(number_parse("123", &n), 0);
    assert_true(n == 123);
    assert_int_equal(number_parse("12k", &n), -EINVAL);
    assert_int_equal(number_parse("", &n), -EINVAL);
    assert_int_equal(number_parse("99999999999999999999", &n), -ERANGE);
    assert_true(n == 123);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "os/err.h"

static void returns_the_code_negated(void **state)
{
    static const struct {
        int code, expected;
    } cases[] = {{ENOENT, -ENOENT}, {EIO, -EIO}, {0, -EIO}, {-EPERM, -EIO}};
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(err_set(&err, cases[i].code, "x"), cases[i].expected);
        assert_int_equal(err_set(NULL, cases[i].code, "x"), cases[i].expected);
        assert_int_equal(err_errno(&err, cases[i].code, "x"), cases[i].expected);
        assert_int_equal(err_errno(NULL, cases[i].code, "x"), cases[i].expected);
    }
    assert_int_equal(err_prefix(&err, -E2BIG, "x"), -E2BIG);
    assert_int_equal(err_prefix(NULL, -E2BIG, "x"), -E2BIG);
}

static void makes_names_inert(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"plain", "plain"},
        {"", ""},
        {"a\nb", "a\\x0ab"},
        {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"\x7f\t\r", "\\x7f\\x09\\x0d"},
        {"\xe2\x80\xae\xe2\x80\xa8\xd8\x9c", "\\u202e\\u2028\\u061c"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"}, /* UTF-8 stays */
        {"\xc2\x9b[31m\xc2\xa0\xc2",
         "\\xc2\\x9b[31m\xc2\xa0\\xc2"}, /* but for its control characters and what is cut */
        {"%s %n", "%s %n"},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        err_set(&err, EINVAL, "%s", cases[i].text);
        assert_string_equal(err.text, cases[i].expected);
    }
}

static void appends_the_reason(void **state)
{
    struct err err;

    (void)state;
    err_errno(&err, ENOENT, "open %s", "a\nb");
    assert_string_equal(err.text, "open a\\x0ab: No such file or directory");
}

static void puts_prefixes_in_front(void **state)
{
    struct err err;

    (void)state;
    err_set(&err, EBADMSG, "digest is wrong");
    err_prefix(&err, -EBADMSG, "layer %d", 3);
    err_prefix(&err, -EBADMSG, "image \"%s\"", "x\ty");
    assert_string_equal(err.text, "image \"x\\x09y\": layer 3: digest is wrong");
    err.text[0] = 0;
    err_prefix(&err, -ENOSPC, "layer 1"); /* nobody has told a reason: the code must do */
    assert_string_equal(err.text, "layer 1: No space left on device");
}

static void never_overflows(void **state)
{
    char longer[3 * sizeof(((struct err *)0)->text)];
    struct err err;

    (void)state;
    for (int c = 1; c < 256; c += 30) {
        memset(longer, c, sizeof(longer) - 1);
        longer[sizeof(longer) - 1] = 0;
        err_set(&err, EIO, "%s", longer);
        assert_in_range(strlen(err.text), sizeof(err.text) - 8, sizeof(err.text) - 1);
        err_errno(&err, EIO, "%s", longer);
        assert_true(memchr(err.text, 0, sizeof(err.text)) != NULL);
        err_prefix(&err, -EIO, "%s", longer);
        assert_true(memchr(err.text, 0, sizeof(err.text)) != NULL);
        for (const char *p = err.text; *p; p++)
            assert_true((unsigned char)*p >= 0x20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_the_code_negated), cmocka_unit_test(makes_names_inert),
        cmocka_unit_test(appends_the_reason),       cmocka_unit_test(puts_prefixes_in_front),
        cmocka_unit_test(never_overflows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "union/option_text.h"

static void test_piece(void **state)
{
    static const struct {
        const char *text;
        char separator;
        size_t len;
    } cases[] = {
        {"", ',', 0},        {"abc", ',', 3},     {"a,b", ',', 1},     {",a", ',', 0},
        {"a\\,b,c", ',', 4}, {"a\\\\,b", ',', 3}, {"a\\", ',', 2},     {"a:b", ',', 3},
        {"a\\:b:c", ':', 4}, {"a\\x:b", ':', 3},  {"a\\,b:c", ':', 4}, {"\\\\\\:", ':', 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(option_piece(cases[i].text, cases[i].separator), cases[i].len);
}

static void test_unescape(void **state)
{
    static const struct {
        const char *text, *plain;
    } cases[] = {
        {"", ""},         {"abc", "abc"}, {"a\\:b", "a:b"}, {"a\\,b", "a,b"},   {"a\\\\b", "a\\b"},
        {"a\\b", "a\\b"}, {"a\\", "a\\"}, {"\\\\:", "\\:"}, {"\\\\\\:", "\\:"}, {"a\\x2db", "a\\x2db"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *plain = option_unescape(cases[i].text, strlen(cases[i].text));

        assert_non_null(plain);
        assert_string_equal(plain, cases[i].plain);
        free(plain);
    }
}

/* The piece may end before the text does: nothing behind it is looked at. */
static void test_unescape_part(void **state)
{
    char *plain = option_unescape("ab\\:c", 3);

    (void)state;
    assert_string_equal(plain, "ab\\");
    free(plain);
}

static void test_escape_round_trip(void **state)
{
    static const char *const texts[] = {"", "plain", "a,b", "a\\b", "\\,\\", "a:b", ",,\\\\"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *escaped = option_escape(texts[i]), *plain;

        assert_non_null(escaped);
        assert_int_equal(option_piece(escaped, ','), strlen(escaped));
        plain = option_unescape(escaped, strlen(escaped));
        assert_string_equal(plain, texts[i]);
        free(escaped);
        free(plain);
    }
}

static void test_list(void **state)
{
    struct text_list l = {NULL, 0};

    (void)state;
    assert_int_equal(text_list_add(&l, "abc", 2), 0);
    assert_int_equal(text_list_add(&l, "", 0), 0);
    assert_int_equal(l.n, 2);
    assert_string_equal(l.items[0], "ab");
    assert_string_equal(l.items[1], "");
    text_list_clear(&l);
    assert_int_equal(l.n, 0);
    assert_null(l.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_piece),         cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_unescape_part), cmocka_unit_test(test_escape_round_trip),
        cmocka_unit_test(test_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a page: texts are inert and bounded, parts are exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "report/values.h"
#include "show/text.h"

static const char *text_of(json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    assert_non_null(s);
    return s;
}

static void test_text(void **state)
{
    json_t *o = json_object();

    (void)state;
    assert_int_equal(values_text(o, "t", "a\x1b[31m\xff\xe2\x80\xae\\<b>", TEXT_NAME), 0);
    assert_string_equal(text_of(o, "t"), "a\\x1b[31m\\xff\\u202e\\\\<b>");
    assert_int_equal(values_text(o, "t", NULL, 0), 0);
    assert_string_equal(text_of(o, "t"), "");
    json_decref(o);
}

/* A long text keeps its beginning and end, and is cut at characters. */
static void test_long(void **state)
{
    static char text[3 * VALUES_TEXT_MAX + 1];
    json_t *o = json_object();

    (void)state;
    for (size_t i = 0; i < VALUES_TEXT_MAX; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 3);
    text[0] = 'a', text[1] = 'b', text[2] = 'c';
    assert_int_equal(values_text(o, "t", text, 0), 0);
    const char *got = text_of(o, "t");
    assert_true(strlen(got) < VALUES_TEXT_MAX + 40);
    assert_memory_equal(got, "abc\xe2\x82\xac", 6);
    assert_non_null(strstr(got, " bytes ...] \xe2\x82\xac"));
    text[VALUES_TEXT_MAX / 3 * 3] = 0;
    assert_int_equal(values_text(o, "t", text, 0), 0);
    assert_string_equal(text_of(o, "t"), text);
    json_decref(o);
}

static void test_short(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *wanted;
    } cases[] = {
        {"abcd", 4, "abcd"},
        {"abcde", 4, "abc\xe2\x80\xa6"},
        {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 2, "\xe2\x82\xac\xe2\x80\xa6"},
        {"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 3, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"},
        {"abc", 1, "\xe2\x80\xa6"},
        {"abc", 0, ""},
        {"", 0, ""},
        {"\n", 3, "\\x\xe2\x80\xa6"},
    };
    json_t *o = json_object();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(values_short(o, "t", cases[i].text, cases[i].max), 0);
        assert_string_equal(text_of(o, "t"), cases[i].wanted);
    }
    json_decref(o);
}

static void test_parts(void **state)
{
    json_t *o = json_object();

    (void)state;
    assert_int_equal(values_percent(o, "p", 1, 3), 0);
    assert_string_equal(text_of(o, "p"), "33.3%");
    assert_int_equal(values_percent(o, "p", 2, 3), 0);
    assert_string_equal(text_of(o, "p"), "66.7%");
    assert_int_equal(values_percent(o, "p", UINT64_MAX, UINT64_MAX), 0);
    assert_string_equal(text_of(o, "p"), "100.0%");
    assert_int_equal(values_percent(o, "p", 0, 0), 0);
    assert_string_equal(text_of(o, "p"), "0.0%");
    assert_int_equal(values_hundredths(o, "p", 2, 3), 0);
    assert_string_equal(text_of(o, "p"), "66.66");
    assert_int_equal(values_hundredths(o, "p", 1, 2000), 0);
    assert_string_equal(text_of(o, "p"), "0.05");
    assert_int_equal(values_size(o, "s", 1234567), 0);
    assert_int_equal(json_integer_value(json_object_get(o, "s")), 1234567);
    assert_string_equal(text_of(o, "s_text"), "1.2 MB");
    json_decref(o);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

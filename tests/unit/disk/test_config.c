/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_good(void **state)
{
    static const char text[] =
        "# comment\n\n \t# another = one\nstore=/a b\n\talso = /c  \nalso =/d=e#f\nalso = /last";
    struct store_config c = {.store = NULL};
    struct err err = {""};

    (void)state;
    assert_int_equal(store_config_parse(text, strlen(text), "f", &c, &err), 0);
    assert_string_equal(c.store, "/a b");
    assert_int_equal(c.n, 3);
    assert_string_equal(c.also[0], "/c");
    assert_string_equal(c.also[1], "/d=e#f");
    assert_string_equal(c.also[2], "/last");
    /* The second file adds, and does not replace. */
    assert_int_equal(store_config_parse("store = /other\nalso = /x", 24, "g", &c, &err), 0);
    assert_string_equal(c.store, "/a b");
    assert_int_equal(c.n, 4);
    store_config_clear(&c);
    assert_int_equal(store_config_parse("", 0, "f", &c, &err), 0);
    assert_null(c.store);
    store_config_clear(&c);
}

static void test_bad(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *line;
    } cases[] = {
        {"nonsense", 8, "f:1: "},
        {"\n\nAlso = /x", 11, "f:3: unknown key \"Also\""},
        {"store = /a\nstore = /b", 21, "f:2: \"store\" is given twice"},
        {"also = x", 8, "f:1: the value must be an absolute path"},
        {"also =", 6, "f:1: the value must be"},
        {"also = /a\0b", 11, "f:1: the value must be"},
        {"= /a", 4, "f:1: unknown key \"\""},
        {"store /a = b", 12, "f:1: unknown key"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store_config c = {.store = NULL};
        struct err err = {""};

        assert_int_equal(store_config_parse(cases[i].text, cases[i].len, "f", &c, &err), -EINVAL);
        if (strncmp(err.text, cases[i].line, strlen(cases[i].line)) != 0)
            fail_msg("%s, not %s", err.text, cases[i].line);
        store_config_clear(&c);
    }
}

static void test_many(void **state)
{
    struct store_config c = {.store = NULL};
    struct err err = {""};
    char text[64 * 16] = "";

    (void)state;
    for (unsigned i = 0; i < CONFIG_MAX_ALSO; i++)
        strcat(text, "also = /x\n");
    assert_int_equal(store_config_parse(text, strlen(text), "f", &c, &err), 0);
    assert_int_equal(c.n, CONFIG_MAX_ALSO);
    assert_int_equal(store_config_parse("also = /x\n", 10, "f", &c, &err), -EINVAL);
    store_config_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

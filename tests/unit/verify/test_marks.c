/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define V(text) text, sizeof(text) - 1

static void test_marks(void **state)
{
    static const struct {
        const char *mark, *value;
        size_t len;
        bool sound;
    } cases[] = {
        {"opaque", V("y"), true},           {"opaque", V("x"), true},
        {"opaque", V("yy"), false},         {"opaque", V(""), false},
        {"opaque", V("\0"), false},         {"redirect", V("name"), true},
        {"redirect", V("/a/b"), true},      {"redirect", V("/"), true},
        {"redirect", V(""), false},         {"redirect", V("a/b"), false},
        {"redirect", V("."), false},        {"redirect", V(".."), false},
        {"redirect", V("..."), true},       {"redirect", V("/a/../b"), false},
        {"redirect", V("/a//b"), false},    {"redirect", V("/a/"), false},
        {"redirect", V("a\0b"), false},     {"metacopy", V(""), true},
        {"metacopy", V("\0\4\0\0"), true},  {"metacopy", V("\0\5\0\0"), false},
        {"metacopy", V("\1\4\0\0"), false}, {"metacopy", V("\0\3\0"), false},
        {"protattr", V("ai"), true},        {"protattr", V("x"), false},
        {"mica.ino", V("12345678"), true},  {"mica.ino", V("1234567"), false},
        {"mica.links", V("1234"), true},    {"mica.links", V("12345"), false},
        {"mica.name", V("y"), true},        {"mica.names", V("n"), false},
        {"origin", V("whatever"), true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (mark_is_sound(cases[i].mark, cases[i].value, cases[i].len) != cases[i].sound)
            fail_msg("%s, case %zu", cases[i].mark, i);
}

static void test_owners(void **state)
{
    static const struct {
        const char *value;
        size_t len;
        bool sound;
    } cases[] = {
        {V("0:0:0755"), true},
        {V("1000:5:100644"), true},
        {V("0:0:0644:file"), true},
        {V("0:0"), false},
        {V(""), false},
        {V("a:0:0755"), false},
        {V("0:0:9"), false},
        {V("-1:0:0755"), false},
        {V("0:0:0755x"), false},
        {V("0:0:7\0"), false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (mark_owner_is_sound(cases[i].value, cases[i].len) != cases[i].sound)
            fail_msg("%s", cases[i].value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_owners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

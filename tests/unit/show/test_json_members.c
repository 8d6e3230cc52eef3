/* SPDX-License-Identifier: Apache-2.0 */
/* Members that several verbs print have one type and one unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "show/json_members.h"

static void test_kind(void **state)
{
    static const struct {
        uint32_t mode;
        uint64_t size;
        const char *type, *octal;
        long long told;
    } cases[] = {
        {S_IFREG | 0644, 5, "file", "0644", 5},
        {S_IFREG | 06755, 0, "file", "6755", 0},
        {S_IFLNK | 0777, 7, "symlink", "0777", 7},
        {S_IFDIR | 01777, 4096, "directory", "1777", 0},
        {S_IFCHR | 0600, 9, "char", "0600", 0},
        {S_IFIFO, 3, "fifo", "0000", 0},
        {S_IFREG | 07, 1ull << 62, "file", "0007", 1ll << 62},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *o = json_object();
        assert_int_equal(json_set_kind(o, cases[i].mode, cases[i].size), 0);
        assert_string_equal(json_string_value(json_object_get(o, "type")), cases[i].type);
        assert_string_equal(json_string_value(json_object_get(o, "mode")), cases[i].octal);
        assert_int_equal(json_integer_value(json_object_get(o, "size")), cases[i].told);
        json_decref(o);
    }
}

static void test_times(void **state)
{
    json_t *o = json_object();

    (void)state;
    assert_int_equal(json_set_time(o, "a", 1714979289, 5), 0);
    assert_string_equal(json_string_value(json_object_get(o, "a")), "2024-05-06T07:08:09.000000005Z");
    assert_int_equal(json_set_time_text(o, "b", "2024-05-06T09:08:09+02:00"), 0);
    assert_string_equal(json_string_value(json_object_get(o, "b")), "2024-05-06T07:08:09.000000000Z");
    assert_int_equal(json_set_time_text(o, "c", "yesterday"), 0);
    assert_true(json_is_null(json_object_get(o, "c")));
    assert_int_equal(json_set_time_text(o, "d", NULL), 0);
    assert_true(json_is_null(json_object_get(o, "d")));
    json_decref(o);
}

static void test_pid(void **state)
{
    json_t *o = json_object();

    (void)state;
    assert_int_equal(json_set_pid(o, 7), 0);
    assert_int_equal(json_integer_value(json_object_get(o, "pid")), 7);
    assert_int_equal(json_set_pid(o, 0), 0);
    assert_true(json_is_null(json_object_get(o, "pid")));
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kind),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_pid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of /etc/subuid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "act/id_ranges.h"

static const char text[] = "other:1:2\n"
                           "me:100000:65536\n"
                           "# me:5:5\n"
                           "me:bad:1\n"
                           "me:5\n"
                           "me:5:0\n"
                           "me:4294967290:100\n"
                           "me:99999999999:1\n"
                           "mee:7:7\n"
                           "1000:300000:10\n"
                           "10000:400000:10\n"
                           "me:500000:5"; /* no newline */

static void test_parse(void **state)
{
    struct bundle_ids ids[ID_RANGES_MAX] = {{0, 1000, 1}};

    (void)state;
    assert_int_equal(id_ranges_parse(text, "me", 1000, ids, 1), 4);
    char *option = id_ranges_option(ids, 4);
    assert_string_equal(option, "0:1000:1:1:100000:65536:65537:300000:10:65547:500000:5");
    free(option);
    assert_int_equal(id_ranges_parse(text, "nobody", 7, ids, 1), 1);
    assert_int_equal(id_ranges_parse("", "me", 1000, ids, 1), 1);
    assert_int_equal(id_ranges_parse(NULL, "me", 1000, ids, 1), 1);
}

/* More than a namespace could have, and more ids than there are. */
static void test_limits(void **state)
{
    struct bundle_ids ids[ID_RANGES_MAX] = {{0, 1000, 1}};
    char many[64 * 20] = "";

    (void)state;
    for (int i = 0; i < 60; i++)
        strcat(many, "me:1:1\n");
    assert_int_equal(id_ranges_parse(many, "me", 1000, ids, 1), ID_RANGES_MAX);
    assert_int_equal(id_ranges_parse("me:1:4000000000\nme:2:4000000000\nme:5:7\n", "me", 1000, ids, 1), 3);
    assert_int_equal(ids[2].n, 7);
}

static void test_map(void **state)
{
    struct bundle_ids ids[ID_RANGES_MAX];

    (void)state;
    assert_int_equal(
        id_ranges_read_map("         0       1001          1\n         1     165536      65536\n", ids), 2);
    assert_int_equal(ids[1].container, 1);
    assert_int_equal(ids[1].host, 165536);
    assert_int_equal(ids[1].n, 65536);
    assert_int_equal(id_ranges_read_map("0 0 4294967295\n", ids), 1);
    assert_int_equal(id_ranges_read_map("", ids), 0);
    assert_true(id_ranges_read_map("0 0\n", ids) < 0);
    assert_true(id_ranges_read_map("x", ids) < 0);
}

/* What is beyond the ranges is told with how many there are. */
static void test_check(void **state)
{
    const struct bundle_ids ids[] = {{0, 1001, 1}, {1, 165536, 65536}, {100000, 5, 10}};
    struct err err = {""};

    (void)state;
    for (uint32_t id = 0; id <= 65536; id += 4096)
        assert_int_equal(id_ranges_check(ids, 3, "user", id, &err), 0);
    assert_int_equal(id_ranges_check(ids, 3, "user", 100009, &err), 0);
    assert_true(id_ranges_check(ids, 3, "user", 65537, &err) < 0);
    assert_string_equal(err.text,
                        "user 65537 is not among the 65547 ids that the container has: your own, and those "
                        "that /etc/subuid gives you");
    assert_true(id_ranges_check(ids, 3, "group", 100010, &err) < 0);
    assert_non_null(strstr(err.text, "/etc/subgid"));
    assert_true(id_ranges_check(ids, 0, "user", 0, &err) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_limits),
                                       cmocka_unit_test(test_map), cmocka_unit_test(test_check)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of /etc/subuid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cli/id_ranges.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

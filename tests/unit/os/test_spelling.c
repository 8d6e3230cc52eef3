/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "os/spelling.h"

static void test_distances(void **state)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},           {"a", "", 1},
        {"mount", "mount", 0}, {"mnt", "mount", 2},
        {"rnu", "run", 1},     {"unmont", "unmount", 1},
        {"rmi", "run", 2},     {"app:1", "ap:1", 1},
        {"abcd", "dcba", 3},   {"import", "export", 2},
    };
    char longer[SPELLING_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(spelling_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(spelling_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(spelling_distance(longer, longer), SPELLING_MAX);
    assert_int_equal(spelling_distance("a", longer), SPELLING_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "union/cookie.h"

/* The off_t of a 32-bit program holds each, and they come back as what they were. */
static void test_places(void **state)
{
    static const uint64_t values[] = {0, 1, 2, 1000, NAMES_NUMBER_MAX - 1, NAMES_NUMBER_MAX};
    uint64_t place;

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_true(cookie_of_tree(values[i]) <= INT32_MAX);
        assert_false(cookie_is_upper(cookie_of_tree(values[i]), &place));
        assert_int_equal(place, values[i]);
        assert_true(cookie_of_upper(values[i]) <= INT32_MAX);
        assert_true(cookie_is_upper(cookie_of_upper(values[i]), &place));
        assert_int_equal(place, values[i]);
    }
    assert_true(cookie_of_upper(NAMES_NUMBER_MAX + 1) <= INT32_MAX);
    assert_true(cookie_of_tree(NAMES_NUMBER_MAX) < cookie_of_upper(0));
}

/* Beyond what fits into 32 bits it stays right. */
static void test_beyond(void **state)
{
    static const uint64_t positions[] = {COOKIE_HALF, COOKIE_HALF * 2, UINT32_MAX, COOKIE_LONG - 1};
    uint64_t place;

    (void)state;
    for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
        assert_false(cookie_is_upper(cookie_of_tree(positions[i]), &place));
        assert_int_equal(place, positions[i]);
    }
    assert_true(cookie_is_upper(COOKIE_LONG - 1, &place));
    assert_true(place > NAMES_NUMBER_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_beyond),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

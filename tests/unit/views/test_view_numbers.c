/* SPDX-License-Identifier: Apache-2.0 */
/* The ranges of a tree of views: each number belongs to one file of one view. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "views/view_numbers.h"

enum { LAYERS = 2, RANGES = 1 + VIEW_KINDS * LAYERS };

/* Ranges as of an image of two layers, with an empty one among them. */
static const struct view_range ranges[RANGES] = {
    {VIEWS_DIRS, 10}, {14, 5}, {19, 0}, {19, 3}, {22, 7}, {29, 1}, {30, 2},
};

static void test_find(void **state)
{
    uint64_t number = VIEWS_DIRS + 1;

    (void)state;
    for (uint64_t i = 0; i < RANGES; i++)
        for (uint64_t k = 0; k < ranges[i].room; k++, number++) {
            assert_int_equal(view_numbers_find(ranges, RANGES, number), i);
            assert_int_equal(number - ranges[i].base, k + 1);
        }
    assert_int_equal(number, 33);
}

static void test_no_range(void **state)
{
    static const uint64_t numbers[] = {0, 1, VIEWS_DIRS, 33, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_true(view_numbers_find(ranges, RANGES, numbers[i]) == UINT64_MAX);
    assert_true(view_numbers_find(ranges, 0, 5) == UINT64_MAX);
}

static void test_places(void **state)
{
    uint64_t next = 1;

    (void)state;
    assert_int_equal(view_ranges(LAYERS), RANGES);
    for (unsigned kind = 0; kind < VIEW_KINDS; kind++)
        for (uint32_t layer = 0; layer < LAYERS; layer++)
            assert_int_equal(view_range_of(LAYERS, (enum view_kind)kind, layer), next++);
    assert_int_equal(next, RANGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_no_range),
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The needed pages of a pack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect/orphans.h"

#define PAGES 64

/* Against a table of all pages. */
static void random_ranges(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 2000; round++) {
        struct needed_range ranges[20];
        bool needed[PAGES] = {false};
        size_t n = (size_t)rand() % 20, merged;

        for (size_t i = 0; i < n; i++) {
            uint64_t from = (uint64_t)rand() % (PAGES - 8), to = from + 1 + (uint64_t)rand() % 8;

            ranges[i] = (struct needed_range){from, to};
            memset(needed + from, true, to - from);
        }
        merged = orphans_merge(ranges, n);
        for (uint64_t p = 0; p < PAGES; p++)
            assert_int_equal(orphans_cover(ranges, merged, &(struct needed_range){p, p + 1}), needed[p]);
        for (size_t i = 1; i < merged; i++)
            assert_true(ranges[i - 1].to < ranges[i].from);
        for (int k = 0; k < 20; k++) {
            uint64_t from = (uint64_t)rand() % (PAGES - 8), to = from + 1 + (uint64_t)rand() % 8;
            bool all = true;

            for (uint64_t p = from; p < to; p++)
                all &= needed[p];
            assert_int_equal(orphans_cover(ranges, merged, &(struct needed_range){from, to}), all);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_ranges),
    };
    return cmocka_run_group_tests_name("orphans", tests, NULL, NULL);
}

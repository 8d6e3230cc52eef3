/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "os/array.h"
#include "os/cleanup.h"

/* Items survive, and the memory is moved seldom; items may go again in between. */
static void arrays_grow(void **state)
{
    cleanup_free uint64_t *items = NULL;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < 10000; i++) {
        uint64_t *more = array_room(items, n, sizeof *more);

        assert_non_null(more);
        items = more;
        items[n++] = i;
        if (i % 7 == 0)
            n -= n / 2;
        for (size_t k = 1; i % 500 == 0 && k < n; k++)
            assert_true(items[k] > items[k - 1] && items[k] <= i);
    }
}

static void room_is_not_asked_for_twice(void **state)
{
    cleanup_free char *items = array_room(NULL, 0, 1);

    (void)state;
    assert_non_null(items);
    for (size_t n = 0; n < ARRAY_MIN; n++)
        assert_ptr_equal(array_room(items, n, 1), items);
    for (size_t n = ARRAY_MIN; n < 3000; n++) {
        char *more = array_room(items, n, 1);

        assert_true(more == items || (n & (n - 1)) == 0);
        items = more;
        items[n] = 'x'; /* the address sanitizer looks on */
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_grow),
        cmocka_unit_test(room_is_not_asked_for_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

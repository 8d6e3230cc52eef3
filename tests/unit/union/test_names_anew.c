/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of names that have an end: compiled into this with a low one. */
#define NAMES_NUMBER_MAX 100

#include "union/names.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

/* Names come and go for long, and keep their order. */
static void test_numbers_begin_anew(void **state)
{
    struct names *n = names_new();
    char text[16];

    (void)state;
    for (unsigned i = 0; i < 10000; i++) {
        unsigned seen = i < 20 ? 0 : i - 20;

        snprintf(text, sizeof text, "%u", i);
        assert_non_null(names_add(n, text));
        if (i >= 20) {
            snprintf(text, sizeof text, "%u", i - 20);
            names_remove(n, names_find(n, text));
            seen++;
        }
        names_begin_listing(n);
        assert_true(names_listed(n) <= NAMES_NUMBER_MAX);
        for (struct name *name = names_from(n, 0); name; name = names_from(n, name->number + 1))
            assert_int_equal(strtoul(name->text, NULL, 10), seen++);
        assert_int_equal(seen, i + 1);
    }
    names_free(n);
}

/* More than there are numbers for cannot be. */
static void test_no_number_left(void **state)
{
    struct names *n = names_new();
    char text[16];

    (void)state;
    for (unsigned i = 0; i < NAMES_NUMBER_MAX; i++) {
        snprintf(text, sizeof text, "%u", i);
        assert_int_equal(names_reserve(n), 0);
        assert_non_null(names_add(n, text));
    }
    assert_int_equal(names_reserve(n), -ENOMEM);
    assert_null(names_add(n, "one more"));
    names_remove(n, names_find(n, "50"));
    assert_int_equal(names_reserve(n), 0);
    assert_non_null(names_add(n, "one more"));
    assert_int_equal(names_count(n), NAMES_NUMBER_MAX);
    names_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_begin_anew),
        cmocka_unit_test(test_no_number_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

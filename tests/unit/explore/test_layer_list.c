/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explore/layer_list.h"

static void chosen(const struct layer_list *l, uint32_t a, uint32_t b)
{
    uint32_t got_a, got_b;

    layer_list_chosen(l, &got_a, &got_b);
    assert_int_equal(got_a, a);
    assert_int_equal(got_b, b);
}

static void test_one_image(void **state)
{
    struct layer_list l;

    (void)state;
    assert_int_equal(layer_list_init(&l, 5, false, 0), 0);
    chosen(&l, 4, 5); /* the top layer */
    layer_list_go(&l, 1);
    chosen(&l, 1, 2);
    layer_list_range(&l);
    layer_list_go(&l, 3);
    chosen(&l, 1, 4);
    assert_false(layer_list_has(&l, 0));
    assert_true(layer_list_has(&l, 1));
    assert_true(layer_list_has(&l, 3));
    assert_false(layer_list_has(&l, 4));
    layer_list_go(&l, 0); /* the other way round */
    chosen(&l, 0, 2);
    layer_list_all_below(&l);
    layer_list_go(&l, 2);
    chosen(&l, 0, 3);
    layer_list_one(&l);
    chosen(&l, 2, 3);
    layer_list_range(&l);
    layer_list_range(&l);
    layer_list_go(&l, 99);
    chosen(&l, 4, 5);
    layer_list_free(&l);
}

static void test_two_images(void **state)
{
    struct layer_list l;

    (void)state;
    assert_int_equal(layer_list_init(&l, 2, true, 3), 0);
    assert_int_equal(l.n, 7); /* two headings */
    chosen(&l, 2, 3);
    layer_list_go(&l, 1);
    chosen(&l, 1, 3);
    assert_true(layer_list_has(&l, 1));
    assert_false(layer_list_has(&l, 2));
    layer_list_go(&l, 3); /* the heading of the second */
    chosen(&l, 1, 3);
    layer_list_go(&l, 4);
    chosen(&l, 1, 1);
    layer_list_go(&l, 0); /* the heading of the first: all of it */
    chosen(&l, 2, 1);
    layer_list_range(&l); /* not of two */
    layer_list_all_below(&l);
    chosen(&l, 2, 1);
    layer_list_free(&l);
}

static void test_no_layers(void **state)
{
    struct layer_list l;

    (void)state;
    assert_int_equal(layer_list_init(&l, 0, false, 0), 0);
    layer_list_go(&l, 0);
    layer_list_range(&l);
    chosen(&l, 0, 0);
    layer_list_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_image),
        cmocka_unit_test(test_two_images),
        cmocka_unit_test(test_no_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

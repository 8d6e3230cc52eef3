/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explore/layout.h"

static void is(const struct layout_part *p, int y, int x, int height, int width)
{
    assert_int_equal(p->y, y);
    assert_int_equal(p->x, x);
    assert_int_equal(p->height, height);
    assert_int_equal(p->width, width);
}

static void test_usual(void **state)
{
    struct layout l = layout_of(24, 80, PANE_TREE, true);

    (void)state;
    is(&l.title, 0, 0, 1, 80);
    is(&l.layers, 1, 0, 16, 32);
    assert_int_equal(l.divider, 32);
    is(&l.tree, 1, 33, 16, 47);
    is(&l.details, 17, 0, 6, 80);
    is(&l.status, 23, 0, 1, 80);
    assert_true(layout_has(&l.tree, 1, 33));
    assert_false(layout_has(&l.tree, 1, 32));
    assert_false(layout_has(&l.tree, 17, 40));
}

static void test_small(void **state)
{
    struct layout l = layout_of(5, 20, PANE_LAYERS, true);

    (void)state;
    is(&l.layers, 1, 0, 3, 20);
    is(&l.tree, 0, 0, 0, 0);
    is(&l.details, 0, 0, 0, 0);
    l = layout_of(5, 20, PANE_TREE, true);
    is(&l.tree, 1, 0, 3, 20);
    is(&l.layers, 0, 0, 0, 0);
}

/* For every size all parts are on the screen and none covers another. */
static void test_all_sizes(void **state)
{
    (void)state;
    for (int lines = 0; lines < 70; lines++) {
        for (int columns = 0; columns < 220; columns++) {
            struct layout l = layout_of(lines, columns, columns % 2 ? PANE_TREE : PANE_LAYERS, lines % 3);
            const struct layout_part *parts[] = {&l.title, &l.layers, &l.tree, &l.details, &l.status};
            int area = l.divider >= 0 ? l.tree.height : 0;

            for (size_t i = 0; i < 5; i++) {
                assert_true(parts[i]->y >= 0 && parts[i]->x >= 0 && parts[i]->height >= 0);
                assert_true(parts[i]->height == 0 || (parts[i]->y + parts[i]->height <= lines &&
                                                      parts[i]->x + parts[i]->width <= columns));
                area += parts[i]->height * parts[i]->width;
            }
            assert_int_equal(area, lines * columns);
        }
    }
}

static void test_scroll(void **state)
{
    static const struct {
        int top, cursor, n, height, wanted;
    } cases[] = {
        {0, 0, 10, 5, 0}, {0, 4, 10, 5, 0}, {0, 5, 10, 5, 1}, {6, 2, 10, 5, 2}, {9, 9, 10, 5, 5},
        {3, 1, 2, 5, 0},  {0, 0, 0, 5, 0},  {0, 7, 10, 1, 7}, {4, 4, 5, 0, 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(layout_scroll(cases[i].top, cases[i].cursor, cases[i].n, cases[i].height),
                         cases[i].wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_all_sizes),
        cmocka_unit_test(test_scroll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

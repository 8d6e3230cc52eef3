/* SPDX-License-Identifier: Apache-2.0 */
/* Two snapshots side by side, with the answers written down. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "explore_case.h"

/* The whole walk as words "A/path", without unchanged paths unless they are quiet: "q/path". */
static const char *walk_text(struct view *v, char buf[1024])
{
    struct view_pair p;
    size_t len = 0;
    int r = view_enter(v, NULL, 0);

    buf[0] = 0;
    assert_int_equal(r, 0);
    while ((r = view_next(v, &p)) > 0) {
        char letter = p.quiet ? 'q' : ". ACMD"[p.change];

        if (letter == ' ')
            continue;
        len += (size_t)snprintf(buf + len, 1024 - len, "%s%c%s", len ? " " : "", letter, p.text);
        assert_true(len < 1024);
    }
    assert_int_equal(r, 0);
    return buf;
}

static void three_layers(struct stack *s)
{
    STACK(s, LAYER("d/", "d/a:1", "d/b:2", "e/", "e/f:3", "g:4"), LAYER("d/a:9", "d/b:2@600", "new:5"),
          LAYER(".wh.g", "d/.wh.b", "h/", "h/i:6"));
}

static void test_ranges(void **state)
{
    (void)state;
    struct stack s;
    struct view v;
    char buf[1024];

    three_layers(&s);
    view_of_range(&v, s.study, 0, 1);
    assert_string_equal(walk_text(&v, buf), "A/ A/d A/d/a A/d/b A/e A/e/f A/g");
    view_of_range(&v, s.study, 1, 2);
    assert_string_equal(walk_text(&v, buf), "C/d/a M/d/b q/e q/e/f q/g A/new");
    view_of_range(&v, s.study, 2, 3);
    assert_string_equal(walk_text(&v, buf), "q/d/a D/d/b q/e q/e/f D/g A/h A/h/i q/new");
    /* What one layer adds and another removes is in neither snapshot of the range. */
    view_of_range(&v, s.study, 1, 3);
    assert_string_equal(walk_text(&v, buf), "C/d/a D/d/b q/e q/e/f D/g A/h A/h/i A/new");
    view_of_range(&v, s.study, 3, 3);
    assert_string_equal(walk_text(&v, buf), "q/ q/d q/d/a q/e q/e/f q/h q/h/i q/new");
    stack_close(&s);
}

static void test_begin_anywhere(void **state)
{
    (void)state;
    struct stack s;
    struct view v;
    struct view_pair p;
    const char *names[] = {"d"};

    three_layers(&s);
    view_of_range(&v, s.study, 1, 2);
    assert_int_equal(view_enter(&v, names, 1), 0);
    assert_int_equal(view_next(&v, &p), 1);
    assert_string_equal(p.text, "/d");
    assert_int_equal(view_next(&v, &p), 1);
    assert_string_equal(p.text, "/d/a");
    assert_int_equal(p.differs, STUDY_DIFFERS_CONTENT);
    assert_int_equal(view_next(&v, &p), 1);
    assert_int_equal(p.differs, STUDY_DIFFERS_MODE);
    assert_int_equal(view_next(&v, &p), 0);
    /* Contents are skipped on demand. */
    assert_int_equal(view_enter(&v, NULL, 0), 0);
    assert_int_equal(view_next(&v, &p), 1);
    assert_int_equal(view_next(&v, &p), 1);
    view_skip(&v);
    assert_int_equal(view_next(&v, &p), 1);
    assert_string_equal(p.text, "/e");
    stack_close(&s);
}

static void test_changes_beneath(void **state)
{
    (void)state;
    struct stack s;
    struct view v;
    const char *d[] = {"d"}, *e[] = {"e"}, *h[] = {"h"}, *none[] = {"none"};

    three_layers(&s);
    view_of_range(&v, s.study, 1, 2);
    assert_int_equal(view_changes_beneath(&v, d, 1, 0), 1);
    assert_int_equal(view_changes_beneath(&v, e, 1, 0), 0);
    assert_int_equal(view_changes_beneath(&v, h, 1, 0), 0);
    assert_int_equal(view_changes_beneath(&v, none, 1, 0), 0);
    assert_int_equal(view_changes_beneath(&v, NULL, 0, 0), 1);
    assert_int_equal(view_changes_beneath(&v, NULL, 0, 1), -EAGAIN);
    stack_close(&s);
}

/* Names of which one begins with the other come in the order of a walk on both sides: "a/x" before "a-b". */
static void test_two_images(void **state)
{
    (void)state;
    struct stack a, b;
    struct view v;
    char buf[1024];

    STACK(&a, LAYER("both/", "both/same:1", "common:1"), LAYER("a/", "a/x:1", "a-b:1", "only-a:1", "type:1"));
    STACK(&b, LAYER("both/", "both/same:1", "common:1"),
          LAYER("a/", "a/y:1", "a-b:2", "only-b/", "only-b/z:1", "type/", "type/in:1"));
    const struct view_side sa = {a.study, 2}, sb = {b.study, 2}, below = {b.study, 1};
    view_of_two(&v, &sa, &sb, 1);
    assert_string_equal(walk_text(&v, buf), "D/a/x A/a/y C/a-b q/both q/both/same q/common D/only-a A/only-b "
                                            "A/only-b/z C/type A/type/in");
    view_of_two(&v, &sa, &sa, 2);
    assert_true(view_is_range(&v));
    /* Without a common layer nothing is quiet, and nothing else changes. */
    view_of_two(&v, &sa, &below, 0);
    assert_string_equal(walk_text(&v, buf), "D/a D/a/x D/a-b D/only-a D/type");
    stack_close(&a);
    stack_close(&b);
}

static void test_no_layers(void **state)
{
    (void)state;
    struct stack s;
    struct view v;
    char buf[1024];

    STACK(&s, NULL);
    view_of_range(&v, s.study, 0, 0);
    assert_string_equal(walk_text(&v, buf), "");
    stack_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),          cmocka_unit_test(test_begin_anywhere),
        cmocka_unit_test(test_changes_beneath), cmocka_unit_test(test_two_images),
        cmocka_unit_test(test_no_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

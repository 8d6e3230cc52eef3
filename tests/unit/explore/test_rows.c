/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of trees made by hand: opening, closing, order, kinds, changes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "explore/jobs.h"
#include "explore_case.h"

struct scene {
    struct stack s;
    struct view v;
    struct rows r;
    char text[4096];
};

static void open_scene(struct scene *x, uint32_t from, uint32_t to)
{
    STACK(&x->s, LAYER("d/", "d/a:1", "d/b:22", "d/sub/", "d/sub/deep:333", "e/", "e/f:3", "g:4444", "z:1"),
          LAYER("d/sub/deep:4", "d/b:22@600", "new/", "new/n:1", ".wh.z"));
    view_of_range(&x->v, x->s.study, from, to);
    rows_init(&x->r, &x->v);
    assert_int_equal(rows_reload(&x->r), 0);
}

static void close_scene(struct scene *x)
{
    rows_free(&x->r);
    stack_close(&x->s);
}

static size_t at(const struct scene *x, const char *name)
{
    for (size_t i = 0; i < x->r.n; i++)
        if (strcmp(x->r.v[i].name, name) == 0)
            return i;
    fail_msg("no row %s", name);
    return 0;
}

static const char *text(struct scene *x)
{
    return rows_text(&x->r, x->text);
}

static void test_open_and_close(void **state)
{
    (void)state;
    struct scene x;

    open_scene(&x, 1, 2);
    assert_string_equal(text(&x), " +d<\n +e\n  g\nA+new\nD z\n");
    x.r.cursor = at(&x, "g");
    assert_int_equal(rows_open(&x.r, at(&x, "d")), 0);
    assert_int_equal(rows_open(&x.r, at(&x, "sub")), 0);
    assert_string_equal(text(&x), " -d\n    a\n  M b\n   -sub\n    C deep\n +e\n  g<\nA+new\nD z\n");
    assert_int_equal(rows_open(&x.r, at(&x, "a")), 0); /* a file */
    cleanup_buf struct buf path = BUF_INIT;
    assert_int_equal(rows_path(&x.r, at(&x, "deep"), &path), 0);
    assert_string_equal(path.data, "/d/sub/deep");
    rows_close(&x.r, at(&x, "sub"));
    assert_string_equal(text(&x), " -d\n    a\n  M b\n   +sub\n +e\n  g<\nA+new\nD z\n");
    x.r.cursor = at(&x, "b");
    rows_close(&x.r, at(&x, "d"));
    assert_string_equal(text(&x), " +d<\n +e\n  g\nA+new\nD z\n");
    assert_int_equal(rows_open(&x.r, at(&x, "d")), 0);
    assert_int_equal(rows_open(&x.r, at(&x, "e")), 0);
    rows_close_all(&x.r);
    assert_string_equal(text(&x), " +d<\n +e\n  g\nA+new\nD z\n");
    close_scene(&x);
}

static void test_reload_keeps_what_is_open(void **state)
{
    (void)state;
    struct scene x;

    open_scene(&x, 1, 2);
    assert_int_equal(rows_reveal(&x.r, "/d/sub/deep"), 0);
    assert_int_equal(rows_open(&x.r, at(&x, "new")), 0);
    view_of_range(&x.v, x.s.study, 0, 1); /* "new" is not there yet */
    assert_int_equal(rows_reload(&x.r), 0);
    assert_string_equal(text(&x), "A-d\n  A a\n  A b\n  A-sub\n    A deep<\nA+e\nA g\nA z\n");
    assert_int_equal(rows_reveal(&x.r, "/e/f"), 0);
    assert_int_equal(rows_reveal(&x.r, "/e/none"), -ENOENT);
    x.r.cursor = at(&x, "z");
    view_of_range(&x.v, x.s.study, 2, 2);
    assert_int_equal(rows_reload(&x.r), 0); /* nothing is left of the cursor's path */
    assert_string_equal(text(&x), " -d<\n    a\n    b\n   -sub\n      deep\n -e\n    f\n  g\n +new\n");
    close_scene(&x);
}

static void set_sum(struct scene *x, const char *path, uint64_t size)
{
    bool moved;

    rows_set_sum(&x->r, path, size, &moved);
}

static void test_order(void **state)
{
    (void)state;
    struct scene x;
    bool moved;

    open_scene(&x, 1, 2);
    assert_int_equal(rows_reveal(&x.r, "/d/sub/deep"), 0);
    x.r.sort = ROWS_BY_SIZE;
    rows_set_sum(&x.r, "/d/sub", 1, &moved);
    assert_true(moved);
    set_sum(&x, "/d", 4);
    set_sum(&x, "/e", 5);
    set_sum(&x, "/none", 5);
    rows_set_sum(&x.r, "/g", 77, &moved); /* a file has its own size */
    assert_false(moved);
    assert_int_equal(rows_order(&x.r), 0);
    assert_string_equal(text(&x), " +e\n -d\n  M b\n    a\n   -sub\n    C deep<\n  g\nD z\nA+new\n");
    x.r.sort = ROWS_BY_NAME;
    assert_int_equal(rows_order(&x.r), 0);
    assert_string_equal(text(&x), " -d\n    a\n  M b\n   -sub\n    C deep<\n +e\n  g\nA+new\nD z\n");
    close_scene(&x);
}

static void test_kinds(void **state)
{
    (void)state;
    struct scene x;

    open_scene(&x, 1, 2);
    assert_int_equal(rows_reveal(&x.r, "/d/sub/deep"), 0);
    x.r.kinds = ROWS_ADDED | ROWS_CHANGED | ROWS_REMOVED;
    assert_int_equal(rows_reload(&x.r), 0);
    assert_string_equal(text(&x), " -d\n  M b\n   -sub\n    C deep<\nA+new\nD z\n");
    x.r.kinds = ROWS_REMOVED;
    assert_int_equal(rows_reload(&x.r), 0);
    /* Directories with changes are shown, whichever they are. */
    assert_string_equal(text(&x), " -d\n   -sub<\nD z\n");
    x.r.kinds = ROWS_SAME;
    assert_int_equal(rows_reload(&x.r), 0);
    assert_string_equal(text(&x), " -d\n    a\n   -sub<\n +e\n  g\n");
    close_scene(&x);
}

static void test_next_change(void **state)
{
    (void)state;
    struct scene x;
    const char *const forward[] = {"b", "deep", "new", "z"}, *const back[] = {"new", "deep", "b"};

    open_scene(&x, 1, 2);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(rows_next_change(&x.r, true), 1);
        assert_string_equal(x.r.v[x.r.cursor].name, forward[i]);
    }
    assert_int_equal(rows_next_change(&x.r, true), 0);
    assert_string_equal(text(&x), " -d\n    a\n  M b\n   -sub\n    C deep\n +e\n  g\nA+new\nD z<\n");
    rows_close_all(&x.r);
    x.r.cursor = at(&x, "z");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rows_next_change(&x.r, false), 1);
        assert_string_equal(x.r.v[x.r.cursor].name, back[i]);
    }
    assert_int_equal(rows_next_change(&x.r, false), 0);
    /* In an added directory all is one change. */
    assert_int_equal(rows_reveal(&x.r, "/new/n"), 0);
    assert_int_equal(rows_next_change(&x.r, true), 1);
    assert_string_equal(x.r.v[x.r.cursor].name, "z");
    assert_int_equal(rows_next_change(&x.r, false), 1);
    assert_string_equal(x.r.v[x.r.cursor].name, "new");
    assert_int_equal(rows_reveal(&x.r, "/new/n"), 0);
    assert_int_equal(rows_next_change(&x.r, false), 1);
    assert_string_equal(x.r.v[x.r.cursor].name, "new");
    close_scene(&x);
}

static int take_sum(void *ctx, const char *path, uint64_t bytes)
{
    char *out = ctx;

    snprintf(out + strlen(out), 200 - strlen(out), "%s=%llu ", path, (unsigned long long)bytes);
    return 0;
}

static int take_found(void *ctx, const struct view_pair *p)
{
    return rows_flat_add(ctx, p);
}

static void test_sums(void **state)
{
    (void)state;
    struct stack s;
    struct view v;
    char out[200] = "";
    const struct job_watch watch = {.sum = take_sum, .ctx = out};

    /* A file of two names counts once for each directory, a removed directory by what it had. */
    STACK(&s, LAYER("d/", "d/a:123", "d/b=d/a", "d/l>a", "e/", "e/c=d/a", "gone/", "gone/x:12345", "top:1"),
          LAYER("d/sub/", "d/sub/y:1", ".wh.gone", "e/z:1"));
    view_of_range(&v, s.study, 1, 2);
    assert_int_equal(job_sums(&v, "", &watch), 0);
    assert_string_equal(out, "/d=4 /e=4 /gone=5 ");
    out[0] = 0;
    assert_int_equal(job_sums(&v, "/d", &watch), 0);
    assert_string_equal(out, "/d/sub=1 ");
    stack_close(&s);
}

static void test_search(void **state)
{
    (void)state;
    struct scene x;
    struct rows found = {.flat = true};
    const struct job_watch watch = {.found = take_found, .ctx = &found};
    char buf[4096];

    open_scene(&x, 1, 2);
    assert_int_equal(job_search(&x.v, "DEEP", ROWS_ALL, &watch), 0);
    assert_int_equal(found.n, 0); /* upper case means upper case */
    assert_int_equal(job_search(&x.v, "d", ROWS_ALL, &watch), 0);
    assert_string_equal(rows_text(&found, buf), " +/d<\n  /d/a\nM /d/b\n +/d/sub\nC /d/sub/deep\n");
    found.sort = ROWS_BY_SIZE;
    assert_int_equal(rows_order(&found), 0);
    assert_string_equal(found.v[0].name, "/d/b");
    rows_flat_begin(&found);
    assert_int_equal(job_search(&x.v, "?", ROWS_ADDED | ROWS_REMOVED, &watch), 0);
    assert_string_equal(rows_text(&found, buf), "A /new/n<\nD /z\n");
    rows_free(&found);
    close_scene(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_and_close), cmocka_unit_test(test_reload_keeps_what_is_open),
        cmocka_unit_test(test_order),          cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_next_change),    cmocka_unit_test(test_sums),
        cmocka_unit_test(test_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

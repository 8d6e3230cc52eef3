/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of extended attributes: equal ones have one number in all indexes, and large ones are read once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "study/sets.h"
#include "study_case.h"

static struct index_inode inode_of(const struct index *ix, const char *name)
{
    struct index_name found;
    struct index_inode in;

    assert_int_equal(index_find(ix, INDEX_ROOT, name, strlen(name), &found, &in), 0);
    return in;
}

static uint32_t number(struct study_sets *s, const struct index *ix, const char *name)
{
    const struct index_inode in = inode_of(ix, name);
    uint32_t n;

    assert_int_equal(study_sets_number(s, ix, &in, &n), 0);
    return n;
}

static void test_numbers(void **state)
{
    struct index *a = LAYER("f!9000x", "g!9000y", "h!9001x"),
                 *b = LAYER("0!5z", "f!9000y", "g!9000x", "i!9000x");
    struct study_sets s = {0};

    (void)state;
    assert_int_equal(number(&s, a, "f"), number(&s, b, "g"));
    assert_int_equal(number(&s, a, "g"), number(&s, b, "f"));
    assert_int_not_equal(number(&s, a, "f"), number(&s, a, "g"));
    assert_int_not_equal(number(&s, a, "f"), number(&s, a, "h"));
    assert_int_equal(number(&s, b, "i"), number(&s, b, "g"));
    /* Two in each index and one of one: "g" and "i" of the second share theirs, and what was read is known. */
    assert_int_equal(s.places.n, 5);
    study_sets_free(&s);
    index_free(a);
    index_free(b);
}

static void test_compares(void **state)
{
    struct index *a = LAYER("f!9000x", "g!10x", "h"), *b = LAYER("f!9000x", "g!10x", "h", "i!9000y", "j!10y");
    struct index_inode af = inode_of(a, "f"), ag = inode_of(a, "g"), ah = inode_of(a, "h"),
                       bf = inode_of(b, "f"), bg = inode_of(b, "g"), bh = inode_of(b, "h"),
                       bi = inode_of(b, "i"), bj = inode_of(b, "j");

    (void)state;
    assert_int_equal(study_sets_equal(a, &af, b, &bf, 4096), -EAGAIN);
    assert_int_equal(study_sets_equal(a, &af, b, &bf, UINT64_MAX), 1);
    assert_int_equal(study_sets_equal(a, &af, b, &bi, UINT64_MAX), 0);
    assert_int_equal(study_sets_equal(a, &ag, b, &bg, 4096), 1);
    assert_int_equal(study_sets_equal(a, &ag, b, &bj, 4096), 0);
    assert_int_equal(study_sets_equal(a, &ag, b, &bh, 4096), 0);
    assert_int_equal(study_sets_equal(a, &ah, b, &bh, 4096), 1);
    index_free(a);
    index_free(b);
}

/* A file with a large set in three layers, of which the third has another one: the walk tells it, and numbers three places. */
static void test_walk(void **state)
{
    struct index *layers[] = {LAYER("f!9000x", "g!9000x"), LAYER("f!9000x", "g!9000x"),
                              LAYER("f!9000y", "g!9000x")};
    const struct study_path *p;
    struct err err = {""};
    struct study *s;
    char text[256];

    (void)state;
    assert_int_equal(study_open((const struct index *const *)layers, 3, &err, &s), 0);
    assert_int_equal(study_next(s, &p), 1);
    assert_int_equal(study_next(s, &p), 1);
    assert_string_equal(case_events(p, text), "1+ 2= 3m");
    assert_int_equal(study_next(s, &p), 1);
    assert_string_equal(case_events(p, text), "1+ 2= 3=");
    assert_int_equal(study_next(s, &p), 0);
    assert_int_equal(study_sets(s)->places.n, 4);
    study_close(s);
    for (size_t i = 0; i < 3; i++)
        index_free(layers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_compares),
                                       cmocka_unit_test(test_walk)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <xxhash.h>

#include "indexing/text_table.h"

static void keeps_a_string_once(void **state)
{
    struct text_table t = TEXT_TABLE_INIT(-1);
    uint64_t first[10000], again;
    char text[32];

    (void)state;
    for (int i = 0; i < 10000; i++) {
        snprintf(text, sizeof(text), "text %d", i);
        assert_int_equal(text_table_add(&t, text, strlen(text), &first[i]), 0);
    }
    for (int i = 0; i < 10000; i++) {
        snprintf(text, sizeof(text), "text %d", i);
        assert_memory_equal(t.bytes.data + first[i], text, strlen(text));
        assert_int_equal(text_table_add(&t, text, strlen(text), &again), 0);
        assert_int_equal(again, first[i]);
    }
    /* A beginning of another string is a string of its own. */
    assert_int_equal(text_table_add(&t, "text", 4, &again), 0);
    assert_memory_equal(t.bytes.data + again, "text", 4);
    assert_int_equal(text_table_add(&t, "", 0, &again), -EINVAL);
    text_table_free(&t);
}

enum { NAMES = 100000 };

/* The time to add that many names: any, or those that a hash which is known beforehand puts in one part of
 * the table. */
static clock_t time_to_add(bool chosen)
{
    static char names[NAMES][16];
    struct text_table t = TEXT_TABLE_INIT(-1);
    clock_t start;
    uint64_t at;

    for (unsigned i = 0, n = 0; n < NAMES; i++) {
        int len = snprintf(names[n], sizeof(names[n]), "%u", i);

        n += !chosen || (XXH3_64bits(names[n], (size_t)len) & 0x3ffff) < 0x3fff;
    }
    start = clock();
    for (unsigned n = 0; n < NAMES; n++)
        assert_int_equal(text_table_add(&t, names[n], strlen(names[n]), &at), 0);
    text_table_free(&t);
    return clock() - start;
}

/* Names come from images: whoever chooses them must not be able to make them meet. */
static void chosen_names_cost_no_more(void **state)
{
    (void)state;
    assert_true(time_to_add(true) < 10 * time_to_add(false) + CLOCKS_PER_SEC / 2);
}

static void finds_without_adding(void **state)
{
    struct text_table t = TEXT_TABLE_INIT(-1);
    uint64_t at = 7, found = 7;

    (void)state;
    assert_int_equal(text_table_find(&t, "a", 1, &found), -ENOENT);
    assert_int_equal(text_table_add(&t, "ab", 2, &at), 0);
    assert_int_equal(text_table_find(&t, "ab", 2, &found), 0);
    assert_int_equal(found, at);
    assert_int_equal(text_table_find(&t, "a", 1, &found), -ENOENT);
    assert_int_equal(t.bytes.len, 2);
    text_table_free(&t);
}

static void only_strings_are_left_when_sealed(void **state)
{
    struct text_table t = TEXT_TABLE_INIT(-1);
    uint64_t at, found;

    (void)state;
    assert_int_equal(text_table_add(&t, "abc", 3, &at), 0);
    text_table_seal(&t);
    assert_int_equal(text_table_add(&t, "d", 1, &found), -EINVAL);
    assert_int_equal(text_table_find(&t, "abc", 3, &found), -EINVAL);
    assert_memory_equal(t.bytes.data + at, "abc", 3);
    text_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_string_once),
        cmocka_unit_test(chosen_names_cost_no_more),
        cmocka_unit_test(finds_without_adding),
        cmocka_unit_test(only_strings_are_left_when_sealed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

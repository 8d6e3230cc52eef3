/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <xxhash.h>

#include "tree/text_table.h"

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

/* Names come from images: whoever chooses them must not be able to make all of them meet in one place of the
 * table, as these would with a hash that is known beforehand. */
static void chosen_names_cost_no_more(void **state)
{
    struct text_table t = TEXT_TABLE_INIT(-1);
    static char names[100000][16];
    clock_t start;
    uint64_t at;

    (void)state;
    for (unsigned i = 0, n = 0; n < 100000; i++) {
        int len = snprintf(names[n], sizeof(names[n]), "%u", i);

        n += (XXH3_64bits(names[n], (size_t)len) & 0x3ffff) < 0x3fff;
    }
    start = clock();
    for (unsigned n = 0; n < 100000; n++)
        assert_int_equal(text_table_add(&t, names[n], strlen(names[n]), &at), 0);
    assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
    text_table_free(&t);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_string_once),
        cmocka_unit_test(chosen_names_cost_no_more),
        cmocka_unit_test(finds_without_adding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

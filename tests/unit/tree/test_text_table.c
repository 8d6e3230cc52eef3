/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_string_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

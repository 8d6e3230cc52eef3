/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "show/table.h"

static char *printed(const struct table *t, size_t width)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    assert_int_equal(table_print(t, out, width), 0);
    fclose(out);
    return text;
}

static const struct table_column columns[] = {{"NAME", false}, {"SIZE", true}, {"WHAT", false}};

static void test_aligned(void **state)
{
    struct table *t = table_new(columns, 3);

    (void)state;
    assert_int_equal(table_cell(t, "a\303\274b") | table_cellf(t, "%d", 7) | table_cell(t, "first"), 0);
    assert_int_equal(table_cell(t, NULL) | table_cell(t, "12345") | table_cell(t, "a\033b"), 0);
    char *text = printed(t, 0);
    assert_string_equal(text, "NAME   SIZE  WHAT\n"
                              "a\303\274b       7  first\n"
                              "-     12345  a\\x1bb\n");
    free(text);
    text = printed(t, 16);
    assert_string_equal(text, "NAME   SIZE  ...\n"
                              "a\303\274b       7  ...\n"
                              "-     12345  ...\n");
    free(text);
    table_free(t);
}

static void test_empty(void **state)
{
    struct table *t = table_new(columns, 3);

    (void)state;
    char *text = printed(t, 0);
    assert_string_equal(text, "NAME  SIZE  WHAT\n");
    free(text);
    table_free(t);
    table_free(NULL);
}

static void test_no_terminal(void **state)
{
    FILE *out = tmpfile();

    (void)state;
    assert_non_null(out);
    assert_int_equal(terminal_width(out), 0);
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aligned),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

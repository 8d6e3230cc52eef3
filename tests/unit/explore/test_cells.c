/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/cells.h"

struct cells_case {
    const char *text;
    size_t columns;
    int flags;
    const wchar_t *wanted;
    size_t width;
};

static void check(const struct cells_case *c)
{
    size_t room = c->columns * CELLS_ROOM + 1;
    wchar_t *got = malloc(room * sizeof *got); /* no more than is promised: the address sanitizer sees it */

    assert_non_null(got);
    size_t width = cells_make(c->text, strlen(c->text), c->columns, c->flags, got);
    if (wcscmp(got, c->wanted) != 0 || width != c->width)
        fail_msg("\"%s\" in %zu: %zu columns \"%ls\"", c->text, c->columns, width, got);
    free(got);
}

static void test_utf8(void **state)
{
    static const struct cells_case cases[] = {
        {"plain", 10, 0, L"plain", 5},
        {"plain", 5, 0, L"plain", 5},
        {"plain", 4, 0, L"pla\u2026", 4},
        {"plain", 4, CELLS_END, L"\u2026ain", 4},
        {"plain", 1, 0, L"\u2026", 1},
        {"plain", 0, 0, L"", 0},
        {"", 3, 0, L"", 0},
        {"\033[31mred", 20, 0, L"\\x1b[31mred", 11},
        {"a\nb\tc", 20, 0, L"a\\x0ab\\x09c", 11},
        {"\xff\xc3", 20, 0, L"\\xff\\xc3", 8},
        {"\xc2\x9b", 20, 0, L"\\xc2\\x9b", 8},  /* a control character of C1 */
        {"\xe2\x80\xae", 20, 0, L"\\u202e", 6}, /* right to left */
        {"back\\slash", 20, CELLS_NAME, L"back\\\\slash", 11},
        {"back\\slash", 20, 0, L"back\\slash", 10},
        {"\xe4\xb8\xad\xe6\x96\x87", 4, 0, L"\u4e2d\u6587", 4},
        {"\xe4\xb8\xad\xe6\x96\x87", 3, 0, L"\u4e2d\u2026", 3}, /* a wide character takes two */
        {"\xe4\xb8\xad\xe6\x96\x87", 2, 0, L"\u2026", 1},
        {"e\xcc\x81x", 2, 0, L"e\u0301x", 2}, /* a combining one none */
        {"\xcc\x81x", 20, 0, L"\\u0301x", 7}, /* but it does not combine with what is before the text */
        {"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 20, 0, L"e\u0301\u0301\u0301\u0301\\u0301", 7},
        {"\xf0\x9f\x98\x80", 2, 0, L"\U0001f600", 2},
        {"\033\033\033", 5, 0, L"\\x1b\u2026", 5},
        {"\033\033\033", 3, 0, L"\u2026", 1},
    };

    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
    assert_int_equal(cells_width("e\xcc\x81\xe4\xb8\xad\033", 7, 0), 7);
}

static void test_c_locale(void **state)
{
    static const struct cells_case cases[] = {
        {"plain", 4, 0, L"pla~", 4},
        {"\xc3\xa9", 20, 0, L"\\u00e9", 6},
        {"\xf0\x9f\x98\x80", 20, 0, L"\\U0001f600", 10},
        {"\xff", 20, 0, L"\\xff", 4},
    };

    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

/* Random bytes never make more columns than there are, nor a character that controls a terminal. */
static void test_random(void **state)
{
    unsigned seed = (unsigned)(getenv("MICA_TEST_SEED") ? strtoul(getenv("MICA_TEST_SEED"), NULL, 10) : 1);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (int i = 0; i < 20000; i++) {
        char text[24];
        size_t columns = (size_t)(rand() % 12), len = (size_t)(rand() % 24), width = 0;
        wchar_t got[12 * CELLS_ROOM + 1];

        for (size_t k = 0; k < len; k++)
            text[k] = "\033\x7f\xcc\x81\xe4\xb8\xad\xf0\x9f\x98\x80\xe2\x80\xae\\ab\xff"[rand() % 19];
        size_t told = cells_make(text, len, columns, rand() % 4, got);
        for (const wchar_t *c = got; *c; c++) {
            assert_true(wcwidth(*c) >= 0);
            width += (size_t)wcwidth(*c);
        }
        assert_int_equal(width, told);
        assert_true(width <= columns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_c_locale),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

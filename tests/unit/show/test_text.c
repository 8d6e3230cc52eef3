/* SPDX-License-Identifier: Apache-2.0 */
/* Text of an image made inert. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "show/text.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void test_escape(void **state)
{
    static const struct {
        const char *in;
        size_t len;
        int flags;
        const char *out;
    } cases[] = {
        {"plain", 5, 0, "plain"},
        {"", 0, 0, ""},
        {"\033[31mred", 8, 0, "\\x1b[31mred"},
        {"a\0b", 3, 0, "a\\x00b"},
        {"a\nb\tc", 5, 0, "a\\x0ab\\x09c"},
        {"a\nb\tc\r", 6, TEXT_LINES, "a\nb\tc\\x0d"},
        {"\177", 1, 0, "\\x7f"},
        {"\302\233A", 3, 0, "\\xc2\\x9bA"}, /* U+009B is CSI */
        {"\302\240", 2, 0, "\302\240"},
        {"gr\303\274n \360\237\230\200", 10, 0, "gr\303\274n \360\237\230\200"},
        {"\377x", 2, 0, "\\xffx"},
        {"\303", 1, 0, "\\xc3"},
        {"\300\257", 2, 0, "\\xc0\\xaf"},                   /* overlong */
        {"\355\240\200", 3, 0, "\\xed\\xa0\\x80"},          /* a surrogate */
        {"\364\220\200\200", 4, 0, "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
        {"a\342\200\256b", 5, 0, "a\\u202eb"},              /* right to left */
        {"\342\201\246", 3, 0, "\\u2066"},
        {"\342\200\250\342\200\251", 6, TEXT_LINES, "\\u2028\\u2029"}, /* ends of lines */
        {"\330\234\342\200\213\357\273\277", 8, 0, "\\u061c\\u200b\\ufeff"},
        {"\363\240\201\201", 4, 0, "\\U000e0041"}, /* a tag */
        {"a\\x1b", 5, 0, "a\\x1b"},
        {"a\\x1b", 5, TEXT_NAME, "a\\\\x1b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf b = BUF_INIT;
        assert_int_equal(text_escape(&b, cases[i].in, cases[i].len, cases[i].flags), 0);
        assert_string_equal(buf_str(&b), cases[i].out);
        buf_free(&b);
    }
}

/* Whatever goes in, no control byte comes out, and what comes out is UTF-8. */
static void test_escape_random(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 20000; round++) {
        char in[16];
        struct buf b = BUF_INIT;
        size_t len = (size_t)rand() % sizeof in;
        for (size_t i = 0; i < len; i++)
            in[i] = (char)rand();
        assert_int_equal(text_escape(&b, in, len, TEXT_NAME), 0);
        assert_true(utf8_valid(b.data, b.len));
        for (size_t i = 0; i < b.len;) {
            uint32_t c;
            i += utf8_decode(b.data + i, b.len - i, &c);
            assert_false(inert_hides(c));
        }
        buf_free(&b);
    }
}

static void test_cut(void **state)
{
    static const struct {
        const char *in;
        size_t columns;
        const char *out;
    } cases[] = {
        {"abc", 3, "abc"},
        {"abcd", 3, "..."},
        {"abcdef", 5, "ab..."},
        {"abcdef", 6, "abcdef"},
        {"abcdef", 0, ""},
        {"abcdef", 2, ".."},
        {"\303\274\303\274\303\274\303\274\303\274", 4, "\303\274..."},
        {"\303\274\303\274", 1, "."},
        /* Wide characters take two columns, combining ones none. */
        {"\344\270\255\344\270\255\344\270\255", 6, "\344\270\255\344\270\255\344\270\255"},
        {"\344\270\255\344\270\255\344\270\255", 5, "\344\270\255..."},
        {"\344\270\255\344\270\255\344\270\255", 4, "..."},
        {"\344\270\255\344\270\255", 3, "..."},
        {"u\314\210u\314\210u\314\210", 3, "u\314\210u\314\210u\314\210"},
        {"u\314\210u\314\210u\314\210u\314\210u\314\210", 4, "u\314\210..."},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char buf[32];
        strcpy(buf, cases[i].in);
        text_cut(buf, cases[i].columns);
        assert_string_equal(buf, cases[i].out);
    }
}

static void test_width(void **state)
{
    static const struct {
        const char *text;
        size_t columns;
    } cases[] = {
        {"", 0},
        {"abc", 3},
        {"\303\274x", 2},
        {"\344\270\255\346\226\207", 4},
        {"\360\237\230\200", 2},
        {"e\314\201", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(text_width(cases[i].text), cases[i].columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_random),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

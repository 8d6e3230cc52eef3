/* SPDX-License-Identifier: Apache-2.0 */
/* The characters that must not be printed, one by one, and what is printed in their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "os/inert.h"

static size_t encode(uint32_t c, char ret[4])
{
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

    for (size_t i = n; i-- > 1; c >>= 6)
        ret[i] = (char)(0x80 | (c & 0x3f));
    ret[0] = (char)(leads[n] | c);
    return n;
}

/* Each character comes out as it is or as ASCII, and just those of the table are hidden. */
static void every_character(void **state)
{
    static const uint32_t hidden[][2] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
        {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    size_t range = 0;

    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        char text[4], form[INERT_MAX];
        size_t n;

        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        while (range < sizeof(hidden) / sizeof(*hidden) && c > hidden[range][1])
            range++;
        n = encode(c, text);
        if (inert_next(text, n, form) != n)
            fail_msg("U+%04X is not taken whole", c);
        if (range < sizeof(hidden) / sizeof(*hidden) && c >= hidden[range][0]) {
            if (!inert_hides(c) || form[0] != '\\' || strlen(form) < 4)
                fail_msg("U+%04X is printed as \"%s\"", c, form);
        } else if (inert_hides(c) || strlen(form) != n || memcmp(form, text, n) != 0) {
            fail_msg("U+%04X is not printed as it is", c);
        }
    }
}

static void what_is_printed_instead(void **state)
{
    static const struct {
        const char *text, *form;
        size_t taken;
    } rows[] = {
        {"\n", "\\x0a", 1},
        {"\x1b[", "\\x1b", 1},
        {"\x7f", "\\x7f", 1},
        {"\xc2\x9b", "\\xc2\\x9b", 2},
        {"\xe2\x80\xae", "\\u202e", 3},
        {"\xf3\xa0\x80\xa0", "\\U000e0020", 4},
        {"\xff", "\\xff", 1},
        {"\xc2", "\\xc2", 1},
        {"\xed\xa0\x80", "\\xed", 1},
        {"\xc0\xaf", "\\xc0", 1},
        {"\\", "\\", 1},
        {"\xc3\xbc", "\xc3\xbc", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char form[INERT_MAX];

        assert_int_equal(inert_next(rows[i].text, strlen(rows[i].text), form), rows[i].taken);
        assert_string_equal(form, rows[i].form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character),
        cmocka_unit_test(what_is_printed_instead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

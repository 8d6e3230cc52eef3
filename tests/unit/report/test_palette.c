/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of layers: one for each of a few, in order for many, and text can be read on all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/palette.h"

static void test_class(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 4096; n += n < 200 ? 1 : 97) {
        for (size_t i = 0; i < n; i++) {
            unsigned c = palette_class(i, n);

            assert_in_range(c, 1, PALETTE_MAX);
            if (n <= PALETTE_MAX)
                assert_int_equal(c, i + 1);
            else if (i)
                assert_in_range(c - palette_class(i - 1, n), 0, 1);
        }
    }
}

static double channel(unsigned long rgb, unsigned shift)
{
    double c = (double)(rgb >> shift & 255) / 255;

    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* The relative luminance of WCAG 2. */
static double luminance(unsigned long rgb)
{
    return 0.2126 * channel(rgb, 16) + 0.7152 * channel(rgb, 8) + 0.0722 * channel(rgb, 0);
}

static double contrast(double a, double b)
{
    return a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05);
}

/* Each colour is there for both schemes, and has a contrast of 4.5 and more to the text, --ink in page.css. */
static void test_css(void **state)
{
    static const size_t counts[] = {0, 1, 2, 5, 7, 40, 64, 65, 4096};
    const double light_ink = luminance(0x1d1c1a), dark_ink = luminance(0xe8e6e1);

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t wanted = counts[i] < PALETTE_MAX ? counts[i] : PALETTE_MAX, seen[2] = {0};
        struct buf css = BUF_INIT;

        assert_int_equal(palette_css(&css, counts[i]), 0);
        const char *text = buf_str(&css), *media = strstr(text, "@media");
        assert_non_null(media);
        for (const char *at = text; (at = strchr(at, '#')); at++) {
            char *end;
            unsigned long rgb = strtoul(at + 1, &end, 16);
            int dark = at > media;

            assert_true(end == at + 7 && *end == '}');
            assert_true(contrast(luminance(rgb), dark ? dark_ink : light_ink) >= 4.5);
            seen[dark]++;
        }
        assert_int_equal(seen[0], wanted);
        assert_int_equal(seen[1], wanted);
        buf_free(&css);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class),
        cmocka_unit_test(test_css),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

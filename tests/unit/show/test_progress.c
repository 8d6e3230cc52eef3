/* SPDX-License-Identifier: Apache-2.0 */
/* The progress bar, with a clock of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show/progress.h"
#include "show/text.h"

static int64_t clock_now;

static int64_t test_now(void)
{
    return clock_now;
}

#define SECOND INT64_C(1000000000)

static void test_line(void **state)
{
    static const struct {
        struct progress_state s;
        size_t width;
        const char *line;
    } cases[] = {
        {{"pyapp", 4, 2, 120000000, 190000000, 1500000000},
         110,
         "pyapp  4 layers, 2 already here  [=================>          ]  63%  120 MB  80 MB/s  0:01"},
        {{"pyapp", 4, 2, 120000000, 190000000, 1500000000},
         60,
         "pyapp  4 layers, 2 already...   63%  120 MB  80 MB/s  0:01"},
        {{"pyapp", 4, 2, 120000000, 190000000, 1500000000}, 40, "pyapp ...   63%  120 MB  80 MB/s  0:01"},
        {{"a", 1, 0, 0, 0, 0}, 40, "a  1 layer  [========] 100%  0 B  0 B/s"},
        {{"a", 1, 0, 0, 100, 0}, 60, "a  1 layer  [>                           ]   0%  0 B  0 B/s"},
        {{"a", 1, 0, 200, 100, SECOND}, 42, "a  1 layer  100%  100 B  100 B/s"},
        {{"reading the archive", 0, 0, 120000000, PROGRESS_UNKNOWN, 1500000000},
         80,
         "reading the archive  120 MB  80 MB/s"},
        {{"reading the archive", 0, 0, 120000000, PROGRESS_UNKNOWN, 1500000000},
         25,
         "rea...  120 MB  80 MB/s"},
        {{"reading the archive", 0, 0, 120000000, 240000000, 1500000000},
         80,
         "reading the archive  [==============>             ]  50%  120 MB  80 MB/s  0:02"},
        {{"", 1, 0, 1000, 10000000, SECOND},
         80,
         "[>                           ]   0%  1.0 kB  1.0 kB/s  2:46:39"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[256];
        progress_line(&cases[i].s, cases[i].width, line, sizeof line);
        assert_string_equal(line, cases[i].line);
        assert_true(text_width(line) <= cases[i].width);
    }
}

/* Whatever the figures, the line fits. */
static void test_line_fits(void **state)
{
    char line[256], name[80];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (size_t width = 1; width < 160; width++) {
        for (int shift = 0; shift < 64; shift += 7) {
            struct progress_state s = {
                name, 4096, 7, (UINT64_MAX >> shift) / 3, UINT64_MAX >> shift, 3 * SECOND + shift};
            progress_line(&s, width, line, sizeof line);
            assert_true(text_width(line) <= width);
        }
    }
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

/* Runs an import of 100 steps in two seconds; what was written is fresh memory. */
static char *run(size_t width, bool quiet)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    const struct progress_options options = {out, width, quiet, test_now};

    assert_non_null(out);
    clock_now = SECOND;
    struct progress *p = progress_new(&options);
    assert_non_null(p);
    progress_image(p, "a\033b", 3, 1);
    for (uint64_t i = 1; i <= 100; i++) {
        clock_now += SECOND / 50;
        progress_bytes(p, i, 100);
    }
    progress_free(p);
    fclose(out);
    return text;
}

static void test_terminal(void **state)
{
    char *text = run(80, false);

    (void)state;
    size_t drawn = count(text, "\r") - 1; /* the last one erases */
    assert_in_range(drawn, 15, 21);       /* ten a second */
    assert_int_equal(count(text, "\n"), 0);
    assert_non_null(strstr(text, "a\\x1bb  3 layers, 1 already here"));
    assert_string_equal(text + strlen(text) - strlen("\r\033[K"), "\r\033[K");
    free(text);
}

static void test_plain(void **state)
{
    char *text = run(0, false);

    (void)state;
    assert_string_equal(text, "importing a\\x1bb: 3 layers, 1 already here\n");
    free(text);
    text = run(80, true);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_line_fits),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

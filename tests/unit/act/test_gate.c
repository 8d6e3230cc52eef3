/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: how they are written, and on which side of each an image lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/gate.h"

static void test_limits(void **state)
{
    (void)state;
    static const struct {
        enum gate_kind kind;
        const char *value;
        uint64_t size, wasted;
        int added;
        bool passed;
        const char *found;
    } rows[] = {
        {GATE_WASTED_BYTES, "10", 100, 10, 0, true, "10 bytes"},
        {GATE_WASTED_BYTES, "10", 100, 11, 0, false, "11 bytes"},
        {GATE_WASTED_BYTES, "1kB", 10000, 1000, 0, true, "1000 bytes"},
        {GATE_WASTED_BYTES, "0", 0, 0, 0, true, "0 bytes"},
        {GATE_WASTED_BYTES, "-1", 0, 0, -EINVAL, false, ""},
        {GATE_WASTED_BYTES, "", 0, 0, -EINVAL, false, ""},
        {GATE_WASTED_PERCENT, "10", 100, 10, 0, true, "10.0000%"},
        {GATE_WASTED_PERCENT, "10%", 1000000, 100001, 0, false, "10.0001%"},
        {GATE_WASTED_PERCENT, "33.3333", 3, 1, 0, false, "33.3334%"},
        {GATE_WASTED_PERCENT, "33.3334", 3, 1, 0, true, "33.3334%"},
        {GATE_WASTED_PERCENT, "0", 0, 0, 0, true, "0.0000%"},
        {GATE_WASTED_PERCENT, "100", UINT64_MAX, UINT64_MAX, 0, true, "100.0000%"},
        {GATE_WASTED_PERCENT, "101", 0, 0, -EINVAL, false, ""},
        {GATE_WASTED_PERCENT, "1e1", 0, 0, -EINVAL, false, ""},
        {GATE_WASTED_PERCENT, "%", 0, 0, -EINVAL, false, ""},
        {GATE_EFFICIENCY, "0.9", 100, 10, 0, true, "90.0000%"},
        {GATE_EFFICIENCY, ".9", 100, 11, 0, false, "89.0000%"},
        {GATE_EFFICIENCY, "90%", 100, 10, 0, true, "90.0000%"},
        {GATE_EFFICIENCY, "1", 0, 0, 0, true, "100.0000%"},
        {GATE_EFFICIENCY, "1", 3, 1, 0, false, "66.6666%"},
        {GATE_EFFICIENCY, "90", 0, 0, -EINVAL, false, ""},
        {GATE_EFFICIENCY, "0.9x", 0, 0, -EINVAL, false, ""},
        {GATE_EFFICIENCY, ".", 0, 0, -EINVAL, false, ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct gate g = {0};
        struct err err = {""};
        char found[GATE_TEXT_MAX];

        assert_int_equal(gate_add(&g, rows[i].kind, rows[i].value, &err), rows[i].added);
        assert_int_equal(rows[i].added < 0, err.text[0] != 0);
        if (rows[i].added == 0) {
            assert_int_equal(gate_judge(&g, rows[i].size, rows[i].wasted), rows[i].passed);
            assert_string_equal(gate_found(&g.limits[0], found), rows[i].found);
        }
        gate_free(&g);
    }
}

static int read_text(const char *text, struct gate *g, struct err *err)
{
    char path[] = "/tmp/mica-gate.XXXXXX";
    int fd = mkstemp(path), r;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    r = gate_read(g, path, err);
    unlink(path);
    return r;
}

static void test_budgets(void **state)
{
    (void)state;
    struct gate g = {0};
    struct err err = {""};

    assert_int_equal(
        read_text("# of our images\n\nwasted 10 /var/*\n  size\t1kB  /usr/share/doc and more/*\nsize 0 *.pyc",
                  &g, &err),
        0);
    assert_int_equal(g.n, 3);
    assert_string_equal(g.limits[1].pattern, "/usr/share/doc and more/*");
    assert_true(gate_has(&g, GATE_PATH_WASTED) && gate_has(&g, GATE_PATH_SIZE) &&
                !gate_has(&g, GATE_EFFICIENCY));
    gate_count(&g, GATE_PATH_WASTED, "/var/a/b", 10);
    gate_count(&g, GATE_PATH_WASTED, "/usr/x.pyc", 10);
    assert_true(gate_judge(&g, 0, 0));
    gate_count(&g, GATE_PATH_WASTED, "/var/c", 1);
    assert_false(gate_judge(&g, 0, 0));
    assert_false(g.limits[0].passed);
    assert_true(g.limits[1].passed && g.limits[2].passed);
    gate_count(&g, GATE_PATH_SIZE, "/a/x.pyc", 1);
    gate_judge(&g, 0, 0);
    assert_false(g.limits[2].passed);
    gate_free(&g);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const char *const texts[] = {"waste 1 /x\n", "wasted x /x\n", "wasted 1\n", "wasted 1 x\n",
                                        "size\n"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct gate g = {0};
        struct err err = {""};

        assert_int_equal(read_text(texts[i], &g, &err), -EINVAL);
        assert_non_null(strstr(err.text, ":1: "));
        gate_free(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

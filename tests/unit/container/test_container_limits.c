/* SPDX-License-Identifier: Apache-2.0 */
/* --ulimit, --add-host and the lines of --env-file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "container/container_limits.h"

static void test_ulimit(void **state)
{
    static const struct {
        const char *text, *type; /* NULL: refused */
        uint64_t soft, hard;
    } cases[] = {
        {"nofile=100", "RLIMIT_NOFILE", 100, 100},
        {"nofile=100:200", "RLIMIT_NOFILE", 100, 200},
        {"core=-1", "RLIMIT_CORE", RLIM_INFINITY, RLIM_INFINITY},
        {"core=0:unlimited", "RLIMIT_CORE", 0, RLIM_INFINITY},
        {"stack=8388608:-1", "RLIMIT_STACK", 8388608, RLIM_INFINITY},
        {"nofile", NULL, 0, 0},
        {"nofile=", NULL, 0, 0},
        {"nofile=x", NULL, 0, 0},
        {"nofile=-2", NULL, 0, 0},
        {"nofile=1:", NULL, 0, 0},
        {"nofile=1:2:3", NULL, 0, 0},
        {"nofile=5:1", NULL, 0, 0},
        {"nofile=-1:5", NULL, 0, 0},
        {"nofile=+5", NULL, 0, 0},
        {"nofile= 5", NULL, 0, 0},
        {"nofile=99999999999999999999", NULL, 0, 0},
        {"nofile=18446744073709551615", NULL, 0, 0},
        {"nofile=0000000000000000000000000000000000000001", NULL, 0, 0},
        {"bad=1", NULL, 0, 0},
        {"=1", NULL, 0, 0},
        {"NOFILE=1", NULL, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bundle_rlimit l = {NULL, 0, 0};
        struct err err = {""};
        int r = ulimit_parse(cases[i].text, &l, &err);
        if (!cases[i].type) {
            assert_int_equal(r, -EINVAL);
            continue;
        }
        assert_int_equal(r, 0);
        assert_string_equal(l.type, cases[i].type);
        assert_int_equal(l.soft, cases[i].soft);
        assert_int_equal(l.hard, cases[i].hard);
        assert_true(ulimit_resource(&l) >= 0);
    }
}

static void test_hosts(void **state)
{
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"foo:1.2.3.4", "1.2.3.4\tfoo"},
        {"foo.bar-1:::1", "::1\tfoo.bar-1"},
        {"foo:2001:db8::1", "2001:db8::1\tfoo"},
        {"foo:1.2.3.400", NULL},
        {":1.2.3.4", NULL},
        {"foo", NULL},
        {"foo:", NULL},
        {"foo:host-gateway", NULL},
        {"fo o:1.2.3.4", NULL},
        {"foo\n1.1.1.1 evil:1.2.3.4", NULL},
        {"foo:1.2.3.4\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *line = NULL;
        struct err err = {""};
        int r = host_parse(cases[i].text, &line, &err);
        assert_int_equal(r, cases[i].line ? 0 : -EINVAL);
        if (r == 0)
            assert_string_equal(line, cases[i].line);
        free(line);
    }
}

static void test_env_lines(void **state)
{
    static const struct {
        const char *line, *text;
        int r;
    } cases[] = {
        {"A=1", "A=1", 1},      {"  B= \"x\" # y ", "B= \"x\" # y ", 1},
        {"C", "C", 1},          {"", NULL, 0},
        {"   ", NULL, 0},       {"# c", NULL, 0},
        {"\t#=", NULL, 0},      {"=bad", NULL, -EINVAL},
        {"  =", NULL, -EINVAL}, {"D==", "D==", 1},
        {"E=1\r", "E=1", 1},    {"\r", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        struct err err = {""};
        assert_int_equal(env_line_parse(cases[i].line, strlen(cases[i].line), &text, &err), cases[i].r);
        if (cases[i].text)
            assert_string_equal(text, cases[i].text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ulimit),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_env_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The control group of a process, by the kernel's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "container/run_pids.h"

static void test_paths(void **state)
{
    static const struct {
        const char *text, *path; /* NULL: none */
        bool v2;
    } cases[] = {
        {"0::/user.slice/a.scope\n", "/user.slice/a.scope", true},
        {"0::/\n", "/", true},
        {"0::/a:b", "/a:b", true},
        {"9:name=pids:/no\n8:cpu,pids:/yes\n0::/two\n", "/yes", false},
        {"0::/two\n8:pids:/one\n", "/one", false},
        {"8:cpupids,pidscpu:/no\n", NULL, false},
        {"1:name=systemd:/x\n", NULL, false},
        {"0::relative\n", NULL, false},
        {"0::/../outside-of-the-namespace\n", "/../outside-of-the-namespace", true},
        {"nonsense\n::\n", NULL, false},
        {"", NULL, false},
        {"0::/this-is-longer-than-there-is-room-for-it\n", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[32] = "";
        bool v2 = false, found = run_pids_path(cases[i].text, path, sizeof path, &v2);
        assert_int_equal(found, cases[i].path != NULL);
        if (found)
            assert_string_equal(path, cases[i].path);
        if (found)
            assert_int_equal(v2, cases[i].v2);
    }
}

static void test_releases(void **state)
{
    static const struct {
        const char *release;
        bool has;
    } cases[] = {
        {"6.14.0", true},
        {"6.14-rc1", true},
        {"6.18.44-fc", true},
        {"7.0", true},
        {"10.1.2", true},
        {"6.13.12", false},
        {"6.1.0-31-amd64", false},
        {"5.15.0", false},
        {"4.4.0", false},
        {"nonsense", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(run_pids_has_numbers(cases[i].release), cases[i].has);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_releases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

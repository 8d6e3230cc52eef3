/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "explore/match.h"

static void test_matches(void **state)
{
    static const struct {
        const char *text, *path;
        bool matches;
    } cases[] = {
        {"", "/any", true},
        {"lib", "/usr/lib/x", true},
        {"r/l", "/usr/lib/x", true},
        {"LIB", "/usr/lib/x", false},
        {"lib", "/usr/LIB/x", true},
        {"libx", "/usr/lib/x", false},
        {"*.so", "/usr/lib/x.so", true},
        {"*.so", "/usr/x.so/y", false}, /* the last name alone */
        {"*.so", "/X.SO", true},
        {"*.SO", "/x.so", false},
        {"/usr/*.so", "/usr/lib/x.so", true}, /* with a slash the path; * takes slashes */
        {"lib/*", "/usr/lib/x", false},
        {"?", "/a", true},
        {"?", "/ab", false},
        {"[ab]", "/dir/b", true},
        {"[", "/x[y", false}, /* a pattern that never ends */
        {"\xff", "/a\xff", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (match_path(cases[i].text, cases[i].path) != cases[i].matches)
            fail_msg("\"%s\" on \"%s\"", cases[i].text, cases[i].path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_matches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

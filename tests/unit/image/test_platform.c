/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/utsname.h>

#include "image/platform.h"

static void parse_reads_the_parts(void **state)
{
    static const struct {
        const char *text, *os, *arch, *variant, *again;
    } cases[] = {
        {"linux/amd64", "linux", "amd64", "", "linux/amd64"},
        {"linux/arm64/v8", "linux", "arm64", "v8", "linux/arm64/v8"},
        {"linux/arm/v6", "linux", "arm", "v6", "linux/arm/v6"},
        {"windows/amd64", "windows", "amd64", "", "windows/amd64"},
        {"linux/riscv64", "linux", "riscv64", "", "linux/riscv64"},
        /* What people say for it. */
        {"linux/x86_64", "linux", "amd64", "", "linux/amd64"},
        {"linux/aarch64", "linux", "arm64", "", "linux/arm64"},
        {"linux/armhf", "linux", "arm", "v7", "linux/arm/v7"},
        {"linux/armhf/v6", "linux", "arm", "v6", "linux/arm/v6"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct platform p;
        char text[100];

        assert_int_equal(platform_parse(cases[i].text, &p, NULL), 0);
        assert_string_equal(p.os, cases[i].os);
        assert_string_equal(p.arch, cases[i].arch);
        assert_string_equal(p.variant, cases[i].variant);
        assert_string_equal(platform_string(&p, text), cases[i].again);
    }
}

static void parse_refuses(void **state)
{
    static const char *const cases[] = {
        "",
        "linux",
        "amd64",
        "/",
        "linux/",
        "/amd64",
        "linux//v8",
        "linux/amd64/",
        "linux/arm/v7/x",
        "linux/amd64 ",
        "Linux/amd64",
        "linux/amd64\n",
        "linux/a\x1b[m",
        "linux/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/amd64",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct platform p = {.os = "kept"};
        struct err err = {""};

        assert_int_equal(platform_parse(cases[i], &p, &err), -EINVAL);
        assert_string_equal(p.os, "kept");
        assert_non_null(strstr(err.text, "linux/amd64"));
    }
}

static void matches_by_os_arch_and_variant(void **state)
{
    static const struct {
        struct platform have, want;
        bool matches;
    } cases[] = {
        {{"linux", "amd64", ""}, {"linux", "amd64", ""}, true},
        {{"linux", "386", ""}, {"linux", "amd64", ""}, false},
        {{"windows", "amd64", ""}, {"linux", "amd64", ""}, false},
        {{"linux", "amd64", "v1"}, {"linux", "amd64", ""}, true},
        {{"linux", "amd64", "v3"}, {"linux", "amd64", ""}, false},
        {{"linux", "amd64", "v2"}, {"linux", "amd64", "v3"}, true},
        {{"linux", "arm64", ""}, {"linux", "arm64", "v8"}, true},
        {{"linux", "arm64", "v8"}, {"linux", "arm64", ""}, true},
        {{"linux", "arm64", "v9"}, {"linux", "arm64", ""}, false},
        {{"linux", "arm", ""}, {"linux", "arm", "v7"}, true},
        {{"linux", "arm", "v7"}, {"linux", "arm", ""}, true},
        {{"linux", "arm", "v6"}, {"linux", "arm", "v7"}, true},
        {{"linux", "arm", "v5"}, {"linux", "arm", "v7"}, true},
        {{"linux", "arm", "v5"}, {"linux", "arm", ""}, true},
        {{"linux", "arm", "v7"}, {"linux", "arm", "v6"}, false},
        {{"linux", "arm", ""}, {"linux", "arm", "v6"}, false},
        {{"linux", "arm64", "v8"}, {"linux", "arm", "v8"}, false},
        {{"linux", "arm", "vfp"}, {"linux", "arm", "v7"}, false},
        {{"linux", "ppc64le", "power9"}, {"linux", "ppc64le", ""}, false},
        {{"linux", "ppc64le", "power9"}, {"linux", "ppc64le", "power9"}, true},
        {{"unknown", "unknown", ""}, {"linux", "amd64", ""}, false},
        {{"", "", ""}, {"linux", "amd64", ""}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (platform_matches(&cases[i].have, &cases[i].want) != cases[i].matches)
            fail_msg("case %zu", i);
    }
}

static void host_is_linux_of_this_machine(void **state)
{
    struct platform p, parsed;
    struct utsname u;
    char text[100];

    (void)state;
    platform_host(&p);
    assert_string_equal(p.os, "linux");
    assert_int_equal(uname(&u), 0);
    snprintf(text, sizeof(text), "linux/%.60s", u.machine);
    assert_int_equal(platform_parse(text, &parsed, NULL), 0);
    assert_string_equal(p.arch, parsed.arch);
#ifdef __x86_64__
    assert_string_equal(p.arch, "amd64");
#endif
    assert_true(platform_matches(&p, &p));
}

static void the_longest_platform_fits_its_string(void **state)
{
    struct platform p;
    char text[100];

    (void)state;
    memset(&p, 'x', sizeof(p));
    p.os[31] = p.arch[31] = p.variant[31] = 0;
    assert_int_equal(strlen(platform_string(&p, text)), 95);
    assert_string_equal(platform_string(&(struct platform){0}, text), "unknown/unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_reads_the_parts),
        cmocka_unit_test(parse_refuses),
        cmocka_unit_test(matches_by_os_arch_and_variant),
        cmocka_unit_test(host_is_linux_of_this_machine),
        cmocka_unit_test(the_longest_platform_fits_its_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

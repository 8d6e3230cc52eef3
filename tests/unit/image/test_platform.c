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
        {"linux/armel", "linux", "arm", "v6", "linux/arm/v6"},
        {"linux/armv7l", "linux", "arm", "v7", "linux/arm/v7"},
        {"linux/armv5tejl", "linux", "arm", "v5", "linux/arm/v5"},
        {"linux/armv8l", "linux", "arm", "v8", "linux/arm/v8"},
        {"linux/arm/7", "linux", "arm", "v7", "linux/arm/v7"},
        {"linux/arm64/9.1", "linux", "arm64", "v9.1", "linux/arm64/v9.1"},
        {"linux/amd64/3", "linux", "amd64", "v3", "linux/amd64/v3"},
        {"linux/i686", "linux", "386", "", "linux/386"},
        {"linux/ppc64el", "linux", "ppc64le", "", "linux/ppc64le"},
        {"linux/ppc64le/power9", "linux", "ppc64le", "power9", "linux/ppc64le/power9"},
        {"macos/arm64", "darwin", "arm64", "", "darwin/arm64"},
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

/* "OS/ARCH/VARIANT", of any part nothing; "@VERSION" and "+FEATURE" behind it as in an index. */
static struct platform image_of(const char *text)
{
    struct platform p = {0};
    char name[32];

    sscanf(text, "%31[^@+]", name);
    sscanf(name, "%31[^/]/%31[^/]/%31s", p.os, p.arch, p.variant);
    if (strchr(text, '@'))
        sscanf(strchr(text, '@'), "@%31[^+]", p.os_version);
    p.os_features = strchr(text, '+') != NULL;
    return p;
}

/* Of each row, what runs, the nearest first, then what does not run. What containerd's platforms.Only and
 * skopeo choose, but: containerd takes the first of one level; to skopeo a variant that is not said is behind
 * all others, if it was not asked for just so, and it knows no levels of amd64. */
static const struct row {
    const char *want;
    bool runs_32;
    const char *runs[10], *not [10];
} rows[] = {
    {"linux/amd64",
     false,
     {"linux/amd64", "linux/x86_64/v1", "linux/amd64+x"},
     {"linux/amd64/v2", "linux/amd64/v3", "linux/386", "linux/arm64", "windows/amd64", "unknown/unknown", "",
      "linux"}},
    {"linux/amd64/v1", false, {"linux/amd64/v1", "linux/amd64"}, {"linux/amd64/v2", "linux/386"}},
    {"linux/amd64/v3",
     true,
     {"linux/amd64/v3", "linux/x86-64/v2", "linux/amd64/v1", "linux/amd64", "linux/386"},
     {"linux/amd64/v4", "linux/arm", "linux/amd64/x", "linux/amd64/v0", "linux/amd64/v2x", "linux/386/sse2"}},
    {"linux/arm",
     false,
     {"linux/arm", "linux/arm/v7", "linux/arm/v6", "linux/arm/v5"},
     {"linux/arm/v8", "linux/arm64", "linux/arm/vfp"}},
    {"linux/arm/v8",
     false,
     {"linux/arm/v8", "linux/armhf", "linux/arm", "linux/arm/v6", "linux/arm/5"},
     {"linux/arm64/v8", "linux/arm64"}},
    {"linux/arm/v7",
     false,
     {"linux/arm/v7", "linux/arm", "linux/arm/v6", "linux/arm/v5"},
     {"linux/arm/v8", "linux/arm/vfp"}},
    {"linux/arm/v6", false, {"linux/armel", "linux/arm/v5"}, {"linux/arm", "linux/arm/v7", "linux/arm/v8"}},
    {"linux/arm/v5", false, {"linux/arm/v5"}, {"linux/arm", "linux/arm/v6"}},
    {"linux/arm64",
     false,
     {"linux/arm64", "linux/aarch64/v8", "linux/arm64/8.0+x"},
     {"linux/arm64/v9", "linux/arm64/v8.1", "linux/arm/v8"}},
    {"linux/arm64/v8",
     true,
     {"linux/arm64/v8", "linux/arm64", "linux/arm/v8", "linux/arm/v7", "linux/arm", "linux/arm/v5"},
     {"linux/arm64/v8.2", "linux/arm64/v9", "linux/amd64"}},
    {"linux/arm64/v9.1",
     false,
     {"linux/arm64/v9.1", "linux/arm64/v9", "linux/arm64/v8.6", "linux/arm64/v8.5", "linux/arm64/v8.1",
      "linux/arm64/v8", "linux/arm64"},
     {"linux/arm64/v9.2", "linux/arm64/v8.7", "linux/arm/v8"}},
    {"linux/386", true, {"linux/386", "linux/i386+x"}, {"linux/amd64"}},
    {"linux/ppc64le", false, {"linux/ppc64le"}, {"linux/ppc64le/power9", "linux/ppc64"}},
    {"linux/ppc64le/power9", false, {"linux/ppc64le/power9", "linux/ppc64le"}, {"linux/ppc64le/power8"}},
    {"windows/amd64",
     false,
     {"windows/amd64@10.0.20348.1", "windows/amd64@10.0.17763.5329", "windows/amd64@10.0.9", "windows/amd64"},
     {"linux/amd64"}},
    {"linux/riscv64",
     false,
     {"linux/riscv64", "linux/riscv64@12", "linux/riscv64+x"},
     {"linux/riscv64/rva22u64"}},
};

static void the_nearest_that_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct platform want = image_of(row->want);

        want.runs_32 = row->runs_32;
        for (size_t k = 0; row->runs[k]; k++) {
            struct platform a = image_of(row->runs[k]);

            if (!platform_matches(&a, &want))
                fail_msg("%s does not run %s", row->want, row->runs[k]);
            assert_int_equal(platform_compare(&a, &a, &want), 0);
            for (size_t n = 0; n < k; n++) {
                struct platform b = image_of(row->runs[n]);

                if (platform_compare(&b, &a, &want) >= 0 || platform_compare(&a, &b, &want) <= 0)
                    fail_msg("%s: %s is not before %s", row->want, row->runs[n], row->runs[k]);
            }
        }
        for (size_t k = 0; row->not [k]; k++) {
            struct platform a = image_of(row->not [k]);

            if (platform_matches(&a, &want))
                fail_msg("%s runs %s", row->want, row->not [k]);
        }
    }
}

/* Level by level, each bit that is missing is a level less. */
static void levels_of_amd64(void **state)
{
    static const struct amd64_registers all = {0x38d83201, 0xd0030128, 0x21, 0xe6};
    static const struct {
        uint32_t leaf1, leaf7, extended;
        uint64_t xcr0;
        int level;
    } bits[] = {
        {1, 0, 0, 0, 1},        {1u << 9, 0, 0, 0, 1},  {1u << 13, 0, 0, 0, 1}, {1u << 19, 0, 0, 0, 1},
        {1u << 20, 0, 0, 0, 1}, {1u << 23, 0, 0, 0, 1}, {0, 0, 1, 0, 1},        {1u << 12, 0, 0, 0, 2},
        {1u << 22, 0, 0, 0, 2}, {1u << 27, 0, 0, 0, 2}, {1u << 28, 0, 0, 0, 2}, {1u << 29, 0, 0, 0, 2},
        {0, 1u << 3, 0, 0, 2},  {0, 1u << 5, 0, 0, 2},  {0, 1u << 8, 0, 0, 2},  {0, 0, 1u << 5, 0, 2},
        {0, 0, 0, 2, 2},        {0, 0, 0, 4, 2},        {0, 1u << 16, 0, 0, 3}, {0, 1u << 17, 0, 0, 3},
        {0, 1u << 28, 0, 0, 3}, {0, 1u << 30, 0, 0, 3}, {0, 1u << 31, 0, 0, 3}, {0, 0, 0, 0x20, 3},
        {0, 0, 0, 0x40, 3},     {0, 0, 0, 0x80, 3},
    };

    (void)state;
    assert_int_equal(amd64_level(&all), 4);
    assert_int_equal(amd64_level(&(struct amd64_registers){0}), 1);
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        const struct amd64_registers r = {all.leaf1_ecx & ~bits[i].leaf1, all.leaf7_ebx & ~bits[i].leaf7,
                                          all.extended1_ecx & ~bits[i].extended, all.xcr0 & ~bits[i].xcr0};

        if (amd64_level(&r) != bits[i].level)
            fail_msg("bit %zu: level %d, not %d", i, amd64_level(&r), bits[i].level);
    }
}

#ifdef __x86_64__
/* The dynamic loader looks for libraries by these levels, and says which. */
static const char *level_of_the_loader(void)
{
    static char level[3] = "v1";
    FILE *f = popen("/lib64/ld-linux-x86-64.so.2 --help", "r");
    char line[200];
    int n;

    assert_non_null(f);
    while (fgets(line, sizeof(line), f))
        if (strstr(line, "supported") && sscanf(line, " x86-64-v%d", &n) == 1 && n > level[1] - '0')
            level[1] = (char)('0' + n);
    pclose(f);
    return level;
}
#endif

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
    assert_string_equal(p.variant, level_of_the_loader());
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
        cmocka_unit_test(the_nearest_that_runs),
        cmocka_unit_test(levels_of_amd64),
        cmocka_unit_test(host_is_linux_of_this_machine),
        cmocka_unit_test(the_longest_platform_fits_its_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

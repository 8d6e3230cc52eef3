/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities that are added and dropped: what podman answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bundle/capabilities.h"

#define ALL   UINT64_C(0x1ffffffffff)
#define USUAL UINT64_C(0x800405fb)
#define CHOWN UINT64_C(1)
#define RAW   (UINT64_C(1) << 13)
#define TIME  (UINT64_C(1) << 25)

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        bundle_caps set; /* 0: refused */
    } cases[] = {
        {"CAP_NET_RAW", RAW},
        {"net_raw", RAW},
        {"Net_Raw,CAP_sys_time", RAW | TIME},
        {"all", ALL},
        {"ALL", ALL},
        {"chown,all", ALL},
        {"", 0},
        {"bogus", 0},
        {"CAP_", 0},
        {"net_raw,", 0},
        {",net_raw", 0},
        {"net_raw ", 0},
        {"CAP_CAP_NET_RAW", 0},
        {"net_ra", 0},
        {"net_raww", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bundle_caps set = 0;
        struct err err = {""};
        int r = bundle_caps_parse(cases[i].text, ALL, &set, &err);
        assert_int_equal(r, cases[i].set ? 0 : -EINVAL);
        if (r == 0)
            assert_int_equal(set, cases[i].set);
        else
            assert_true(*err.text);
    }
}

static void test_merge(void **state)
{
    static const struct {
        bundle_caps add, drop, result;
        bool refused;
    } cases[] = {
        {0, 0, USUAL, false},
        {RAW, 0, USUAL | RAW, false},
        {0, CHOWN, USUAL & ~CHOWN, false},
        {ALL, 0, ALL, false},
        {0, ALL, 0, false},
        {RAW, ALL, RAW, false},
        {ALL, CHOWN, ALL & ~CHOWN, false},
        {CHOWN, CHOWN, 0, true},
        {ALL, ALL, 0, true},
        {CHOWN, 0, USUAL, false},
    };

    (void)state;
    assert_int_equal(bundle_caps_default(), USUAL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bundle_caps set = 7;
        struct err err = {""};
        int r = bundle_caps_merge(ALL, cases[i].add, cases[i].drop, &set, &err);
        assert_int_equal(r, cases[i].refused ? -EINVAL : 0);
        assert_int_equal(set, cases[i].refused ? 7 : cases[i].result);
    }
}

static void test_names(void **state)
{
    const char *names[BUNDLE_CAPS_MAX + 1];

    (void)state;
    bundle_caps_names(0, names);
    assert_null(names[0]);
    bundle_caps_names(RAW | CHOWN, names);
    assert_string_equal(names[0], "CAP_CHOWN");
    assert_string_equal(names[1], "CAP_NET_RAW");
    assert_null(names[2]);
    bundle_caps_names(~UINT64_C(0), names);
    for (size_t i = 0; names[i]; i++) {
        bundle_caps set = 0;
        assert_int_equal(bundle_caps_parse(names[i], ALL, &set, NULL), 0);
        assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
    }
    assert_int_equal(bundle_caps_here() & ~ALL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

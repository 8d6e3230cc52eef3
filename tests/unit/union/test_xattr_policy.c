/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "union/xattr_policy.h"

static void test_visible(void **state)
{
    static const struct {
        const char *name;
        bool to_all, to_root;
    } cases[] = {
        {"user.a", true, true},
        {"user.overlay", true, true},
        {"user.overlayx", true, true},
        {"user.overlay.opaque", false, false},
        {"user.overlay.", false, false},
        {"user.fuseoverlayfs.origin", false, false},
        {"user.containers.override_stat", false, false},
        {"security.fuseoverlayfs.override_stat", false, false},
        {"user.containers.override_stat2", true, true},
        {"user.containers", true, true},
        {"trusted.overlay.redirect", false, false},
        {"trusted.overlay.mica.ino", false, false},
        {"trusted.overlay.mica.links", false, false},
        {"user.overlay.mica.ino", false, false},
        {"system.posix_acl_default", true, true},
        {"trusted.mine", false, true},
        {"trustedx", true, true},
        {"security.capability", true, true},
        {"security.selinux", false, false},
        {"security.selinux2", true, true},
        {"system.nfs4_acl", false, false},
        {"system.posix_acl_access", true, true},
        {"", true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(xattr_visible(cases[i].name, false), cases[i].to_all);
        assert_int_equal(xattr_visible(cases[i].name, true), cases[i].to_root);
    }
}

static void test_filter(void **state)
{
    static const struct {
        const char *list;
        size_t len;
        bool privileged;
        const char *left;
        size_t left_len;
    } cases[] = {
        {"", 0, false, "", 0},
        {"user.a\0", 7, false, "user.a\0", 7},
        {"user.overlay.x\0", 15, true, "", 0},
        {"user.a\0trusted.b\0user.c\0", 24, false, "user.a\0user.c\0", 14},
        {"user.a\0trusted.b\0user.c\0", 24, true, "user.a\0trusted.b\0user.c\0", 24},
        {"security.selinux\0user.a\0", 24, true, "user.a\0", 7},
        {"user.containers.override_stat\0user.a\0", 37, true, "user.a\0", 7},
        {"user.a\0user.b", 13, true, "user.a\0", 7}, /* a name without its end */
        {"\0\0", 2, true, "\0\0", 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char list[64];

        memcpy(list, cases[i].list, cases[i].len);
        assert_int_equal(xattr_filter_list(list, cases[i].len, cases[i].privileged), cases[i].left_len);
        assert_memory_equal(list, cases[i].left, cases[i].left_len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visible),
        cmocka_unit_test(test_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
        {"user.overlay.opaque", true, true},
        {"user.fuseoverlayfs.origin", false, false},
        {"user.containers.override_stat", false, false},
        {"security.fuseoverlayfs.override_stat", false, false},
        {"user.containers.override_stat2", true, true},
        {"user.containers", true, true},
        {"trusted.overlay.redirect", false, true},
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
        {"user.fuseoverlayfs.x\0", 21, true, "", 0},
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

/* As kernel overlayfs keeps and shows them (overlayfs.rst, "Nesting overlayfs mounts"). */
static void test_escape(void **state)
{
    static const struct {
        enum tree_marks marks;
        const char *name, *kept;
    } cases[] = {
        {TREE_MARKS_TRUSTED, "trusted.overlay.opaque", "trusted.overlay.overlay.opaque"},
        {TREE_MARKS_TRUSTED, "trusted.overlay.overlay.opaque", "trusted.overlay.overlay.overlay.opaque"},
        {TREE_MARKS_TRUSTED, "trusted.overlay.", "trusted.overlay.overlay."},
        {TREE_MARKS_TRUSTED, "trusted.overlay", "trusted.overlay"},
        {TREE_MARKS_TRUSTED, "user.overlay.opaque", "user.overlay.opaque"},
        {TREE_MARKS_USER, "user.overlay.opaque", "user.overlay.overlay.opaque"},
        {TREE_MARKS_USER, "trusted.overlay.opaque", "trusted.overlay.opaque"},
        {TREE_MARKS_NONE, "trusted.overlay.opaque", "trusted.overlay.opaque"},
        {TREE_MARKS_NONE, "user.overlay.opaque", "user.overlay.opaque"},
        {TREE_MARKS_USER, "user.overlayx", "user.overlayx"},
    };
    char buf[XATTR_NAME_MAX + 1], list[64], longest[XATTR_NAME_MAX + 1] = "user.overlay.";

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].kept) + 1;

        assert_string_equal(xattr_kept_name(cases[i].marks, cases[i].name, buf), cases[i].kept);
        memcpy(list, cases[i].kept, len);
        assert_int_equal(xattr_show_list(cases[i].marks, list, len), strlen(cases[i].name) + 1);
        assert_string_equal(list, cases[i].name);
    }
    memset(longest + strlen(longest), 'x', XATTR_NAME_MAX - strlen(longest) - 7);
    longest[XATTR_NAME_MAX - 7] = 0;
    assert_null(xattr_kept_name(TREE_MARKS_USER, longest, buf));
    longest[XATTR_NAME_MAX - 8] = 0;
    assert_int_equal(strlen(xattr_kept_name(TREE_MARKS_USER, longest, buf)), XATTR_NAME_MAX);
}

static void test_show(void **state)
{
    static const struct {
        enum tree_marks marks;
        const char *list;
        size_t len;
        const char *left;
        size_t left_len;
    } cases[] = {
        {TREE_MARKS_TRUSTED, "", 0, "", 0},
        {TREE_MARKS_TRUSTED, "trusted.overlay.x\0user.a\0", 25, "user.a\0", 7},
        {TREE_MARKS_TRUSTED, "trusted.overlay.overlay.x\0user.overlay.y\0b\0", 43,
         "trusted.overlay.x\0user.overlay.y\0b\0", 35},
        {TREE_MARKS_USER, "user.overlay.y\0user.overlay.overlay.z\0", 38, "user.overlay.z\0", 15},
        {TREE_MARKS_USER, "user.overlay.overlay.z", 22, "", 0},
        {TREE_MARKS_NONE, "user.overlay.y\0", 15, "user.overlay.y\0", 15},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char list[64];

        memcpy(list, cases[i].list, cases[i].len);
        assert_int_equal(xattr_show_list(cases[i].marks, list, cases[i].len), cases[i].left_len);
        assert_memory_equal(list, cases[i].left, cases[i].left_len);
    }
}

/* What is kept for another name is listed under that. */
static void test_uncover(void **state)
{
    static const struct {
        enum tree_marks marks;
        const char *list;
        size_t len;
        const char *left;
        size_t left_len;
    } cases[] = {
        {TREE_MARKS_USER, "", 0, "", 0},
        {TREE_MARKS_USER, "user.overlay.kept.cap\0user.a\0", 29, "security.cap\0user.a\0", 20},
        {TREE_MARKS_USER, "user.a\0user.overlay.kept.cap\0", 29, "user.a\0security.cap\0", 20},
        {TREE_MARKS_USER, "user.overlay.other\0", 19, "user.overlay.other\0", 19},
        {TREE_MARKS_USER, "user.overlay.overlay.kept.cap\0", 30, "user.overlay.overlay.kept.cap\0", 30},
        {TREE_MARKS_TRUSTED, "user.overlay.kept.cap\0", 22, "user.overlay.kept.cap\0", 22},
        {TREE_MARKS_NONE, "user.overlay.kept.cap\0", 22, "user.overlay.kept.cap\0", 22},
        {TREE_MARKS_USER, "user.a\0user.overlay.kept.cap", 28, "user.a\0", 7}, /* a name without its end */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char list[64];

        memcpy(list, cases[i].list, cases[i].len);
        assert_int_equal(xattr_uncover_list(cases[i].marks, "kept.", "security.", list, cases[i].len),
                         cases[i].left_len);
        assert_memory_equal(list, cases[i].left, cases[i].left_len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visible), cmocka_unit_test(test_filter),  cmocka_unit_test(test_escape),
        cmocka_unit_test(test_show),    cmocka_unit_test(test_uncover),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "stack/override.h"

/* What the file itself is: a file of the daemon's. */
static const struct stat own = {.st_uid = 5, .st_gid = 6, .st_mode = S_IFREG | 0600, .st_rdev = 99};

static void test_good(void **state)
{
    static const struct {
        const char *text;
        uid_t uid;
        gid_t gid;
        mode_t mode;
        unsigned major, minor;
        bool is_canonical; /* as we write it */
    } cases[] = {
        {"0:0:0644", 0, 0, S_IFREG | 0644, 0, 0, false},
        {"0:0:755", 0, 0, S_IFREG | 0755, 0, 0, false},
        {"0:0:100644", 0, 0, S_IFREG | 0644, 0, 0, false}, /* fuse-overlayfs */
        {"0:0:0644:file", 0, 0, S_IFREG | 0644, 0, 0, true},
        {"1000:1001:04755:file", 1000, 1001, S_IFREG | 04755, 0, 0, true},
        {"4294967294:4294967294:07777:dir", 4294967294u, 4294967294u, S_IFDIR | 07777, 0, 0, true},
        {"1:2:00:symlink", 1, 2, S_IFLNK, 0, 0, true},
        {"1:2:0600:pipe", 1, 2, S_IFIFO | 0600, 0, 0, true},
        {"1:2:0600:socket", 1, 2, S_IFSOCK | 0600, 0, 0, true},
        {"1:2:0660:block-8-17", 1, 2, S_IFBLK | 0660, 8, 17, true},
        {"1:2:0666:char-4095-1048575", 1, 2, S_IFCHR | 0666, 4095, 1048575, true},
        {"1:2:0666:char-0-0", 1, 2, S_IFCHR | 0666, 0, 0, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stat st = own;
        char text[OVERRIDE_MAX];

        assert_int_equal(override_parse(cases[i].text, strlen(cases[i].text), &st), 0);
        assert_int_equal(st.st_uid, cases[i].uid);
        assert_int_equal(st.st_gid, cases[i].gid);
        assert_int_equal(st.st_mode, cases[i].mode);
        if (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode))
            assert_int_equal(st.st_rdev, makedev(cases[i].major, cases[i].minor));
        size_t len = override_format(&st, text);
        assert_int_equal(len, strlen(text));
        if (cases[i].is_canonical)
            assert_string_equal(text, cases[i].text);
    }
}

static void test_bad(void **state)
{
    static const char *const cases[] = {
        "",
        ":",
        "::",
        "0",
        "0:0",
        "0:0:",
        ":0:0644",
        "0::0644",
        "-1:0:0644",
        " 0:0:0644",
        "+0:0:0644",
        "0:0:0644 ",
        "0:0:0649",
        "0:0:010000",
        "0:0:040755",
        "0:0:0200644",
        "0:0:0644:",
        "0:0:0644:fil",
        "0:0:0644:files",
        "0:0:0644:file:",
        "0:0:0644:FILE",
        "4294967295:0:0644",
        "0:4294967295:0644",
        "18446744073709551616:0:0644",
        "99999999999999999999999999:0:0644",
        "0x0:0:0644",
        "0:0:0644:char",
        "0:0:0644:char-",
        "0:0:0644:char-1",
        "0:0:0644:char-1-",
        "0:0:0644:char--1-1",
        "0:0:0644:char-1-1-",
        "0:0:0644:char-4096-0",
        "0:0:0644:char-0-1048576",
        "0:0:0644:block-1-2x",
        "a:b:c",
        "0:0:0644:dir-1-2",
        "0:0:0644:\xff",
    };
    char longest[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stat st = own;

        if (override_parse(cases[i], strlen(cases[i]), &st) != -EINVAL)
            fail_msg("\"%s\" is taken", cases[i]);
        assert_memory_equal(&st, &own, sizeof st);
    }
    struct stat st = own;
    memset(longest, '0', sizeof longest);
    assert_int_equal(override_parse(longest, sizeof longest, &st), -EINVAL);
    assert_int_equal(override_parse("0:0:0644\0", 9, &st), -EINVAL);
    assert_int_equal(override_parse("0:0\0:0644", 9, &st), -EINVAL);
    /* The text need not be terminated. */
    assert_int_equal(override_parse("0:0:06444444", 8, &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0644);
}

/* A type that the file itself cannot stand for. */
static void test_apply(void **state)
{
    static const struct {
        mode_t type; /* of the file */
        const char *text;
        int r;
        mode_t mode;
    } cases[] = {
        {S_IFREG, "1:2:0644", 0, S_IFREG | 0644},
        {S_IFREG, "1:2:0644:file", 0, S_IFREG | 0644},
        {S_IFREG, "1:2:0600:pipe", 0, S_IFIFO | 0600},
        {S_IFREG, "1:2:0600:char-0-1", 0, S_IFCHR | 0600},
        {S_IFREG, "1:2:0600:block-0-0", 0, S_IFBLK | 0600},
        {S_IFREG, "1:2:0600:char-0-0", -EINVAL, 0},
        {S_IFREG, "1:2:0700:dir", -EINVAL, 0},
        {S_IFREG, "1:2:0777:symlink", -EINVAL, 0},
        {S_IFREG, "1:2:x", -EINVAL, 0},
        {S_IFDIR, "1:2:02755", 0, S_IFDIR | 02755},
        {S_IFDIR, "1:2:040755", 0, S_IFDIR | 0755},
        {S_IFDIR, "1:2:0755:dir", 0, S_IFDIR | 0755},
        {S_IFDIR, "1:2:0755:file", -EINVAL, 0},
        {S_IFDIR, "1:2:0755:pipe", -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct stat before = {.st_uid = 5, .st_gid = 6, .st_mode = cases[i].type | 0700};
        struct stat st = before;

        assert_int_equal(override_apply(cases[i].text, strlen(cases[i].text), &st), cases[i].r);
        if (cases[i].r < 0)
            assert_memory_equal(&st, &before, sizeof st);
        else
            assert_true(st.st_uid == 1 && st.st_gid == 2 && st.st_mode == cases[i].mode);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_apply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

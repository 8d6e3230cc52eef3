/* SPDX-License-Identifier: Apache-2.0 */
/* Access lists and modes: the table, and beside it what this machine's file system makes of the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/acl.h"

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16, OTHER = 32 };

/* A list of text: "TAG:PERMISSIONS ...", each a number. */
static size_t list_of(const char *text, unsigned char *ret)
{
    size_t size = 4;
    unsigned tag, perm;
    int n;

    memcpy(ret, "\2\0\0\0", 4);
    for (; sscanf(text, "%u:%u %n", &tag, &perm, &n) == 2; text += n, size += 8) {
        const unsigned char entry[8] = {(unsigned char)tag, 0, (unsigned char)perm, 0, 0, 0, 0, 0};

        memcpy(ret + size, entry, sizeof entry);
        if (tag != USER && tag != GROUP)
            memset(ret + size + 4, 0xff, 4);
    }
    return size;
}

static const struct {
    const char *text;
    mode_t mode; /* that goes with it */
    int more;
    mode_t asked, made; /* mode of what inherits it */
    const char *inherits, *chmod0640;
} cases[] = {
    {"1:6 4:4 32:0", 0640, 0, 0666, 0640, "1:6 4:4 32:0", "1:6 4:4 32:0"},
    {"1:7 4:5 32:5", 0755, 0, 0600, 0600, "1:6 4:0 32:0", "1:6 4:4 32:0"},
    {"1:7 2:7 4:5 16:7 32:0", 0770, 1, 0666, 0660, "1:6 2:7 4:5 16:6 32:0", "1:6 2:7 4:5 16:4 32:0"},
    {"1:7 2:7 4:5 16:7 32:0", 0770, 1, 0700, 0700, "1:7 2:7 4:5 16:0 32:0", "1:6 2:7 4:5 16:4 32:0"},
    {"1:0 4:0 8:7 16:1 32:7", 0017, 1, 01777, 01017, "1:0 4:0 8:7 16:1 32:7", "1:6 4:0 8:7 16:4 32:0"},
    {"1:7 4:7 16:5 32:5", 0755, 1, 02770, 02750, "1:7 4:7 16:5 32:0", "1:6 4:7 16:4 32:0"},
};
#define CASES (sizeof cases / sizeof cases[0])

static void same(const char *what, size_t i, const void *list, size_t size, const char *text)
{
    unsigned char expected[128];

    assert_int_equal(size, list_of(text, expected));
    if (memcmp(list, expected, size) != 0)
        fail_msg("%s: case %zu", what, i);
}

static void test_table(void **state)
{
    unsigned char list[128];

    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        size_t size = list_of(cases[i].text, list);
        mode_t mode = S_IFREG | 07123;

        assert_int_equal(acl_mode(list, size, &mode), cases[i].more);
        assert_int_equal(mode, S_IFREG | 07000 | cases[i].mode);
        acl_chmod(list, size, 02640);
        same("chmod", i, list, size, cases[i].chmod0640);
        size = list_of(cases[i].text, list);
        mode = cases[i].asked;
        assert_int_equal(acl_inherit(list, size, &mode), cases[i].more);
        assert_int_equal(mode, cases[i].made);
        same("inherits", i, list, size, cases[i].inherits);
    }
}

static void test_no_list(void **state)
{
    static const char *const values[] = {"", "\2\0\0", "\1\0\0\0", "\2\0\0\0nonsens", "\2\0\0\0nonsense1"};
    static const size_t sizes[] = {0, 3, 4, 11, 13};
    char copy[16];
    mode_t mode = 0644;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        memcpy(copy, values[i], sizes[i]);
        assert_int_equal(acl_mode(copy, sizes[i], &mode), -EINVAL);
        assert_int_equal(acl_inherit(copy, sizes[i], &mode), -EINVAL);
        acl_chmod(copy, sizes[i], 0);
        assert_memory_equal(copy, values[i], sizes[i]);
    }
    assert_int_equal(acl_mode("\2\0\0\0", 4, &mode), 0); /* a list of nothing */
    assert_int_equal(mode, 0644);
}

/* What the file system says of a file: mode and list. */
static void file_is(const char *path, size_t i, mode_t mode, const void *list, size_t size)
{
    char value[128];
    struct stat st;
    ssize_t n = getxattr(path, ACL_ACCESS, value, sizeof value);

    assert_int_equal(stat(path, &st), 0);
    if ((st.st_mode & 07777) != mode)
        fail_msg("case %zu: 0%o, and not 0%o", i, st.st_mode & 07777, mode);
    assert_int_equal(n < 0 ? 0 : n, size);
    assert_memory_equal(value, list, size);
}

static void try_file(const char *dir, size_t i)
{
    unsigned char list[128];
    char path[4128];
    size_t size = list_of(cases[i].text, list);
    mode_t mode = 0;
    int fd, more;

    assert_int_equal(setxattr(dir, ACL_DEFAULT, list, size, 0), 0);
    snprintf(path, sizeof path, "%s/f", dir);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, cases[i].asked & 0777);
    assert_true(fd >= 0);
    close(fd);
    mode = cases[i].asked & 0777;
    more = acl_inherit(list, size, &mode);
    file_is(path, i, mode, list, more ? size : 0);
    size = list_of(cases[i].text, list);
    assert_int_equal(setxattr(path, ACL_ACCESS, list, size, 0), 0);
    more = acl_mode(list, size, &mode);
    file_is(path, i, mode, list, more ? size : 0);
    assert_int_equal(chmod(path, 0640), 0);
    acl_chmod(list, size, 0640);
    file_is(path, i, 0640, list, more ? size : 0);
    unlink(path);
}

static void test_as_the_file_system(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char dir[4096];

    (void)state;
    snprintf(dir, sizeof dir, "%s/mica-acl.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    if (getxattr(dir, ACL_ACCESS, NULL, 0) < 0 && errno == EOPNOTSUPP) {
        rmdir(dir);
        skip();
    }
    for (size_t i = 0; i < CASES; i++)
        try_file(dir, i);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_no_list),
        cmocka_unit_test(test_as_the_file_system),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

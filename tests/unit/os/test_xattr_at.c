/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "os/beneath.h"
#include "os/xattr_at.h"

typedef ssize_t get_fn(int, const char *, const char *, void *, size_t);
typedef ssize_t list_fn(int, const char *, char *, size_t);

static void check(int at, get_fn *get, list_fn *list)
{
    char buf[XATTR_SIZE_MAX], name[300];
    assert_int_equal(get(at, "file", "user.a", buf, sizeof(buf)), 5);
    assert_memory_equal(buf, "value", 5);
    assert_int_equal(get(at, "file", "user.a", NULL, 0), 5);
    assert_int_equal(get(at, "file", "user.a", buf, 4), -ERANGE);
    assert_int_equal(get(at, "file", "user.b", buf, sizeof(buf)), -ENODATA);
    assert_int_equal(get(at, "none", "user.a", buf, sizeof(buf)), -ENOENT);
    assert_int_equal(list(at, "file", buf, sizeof(buf)), 7);
    assert_string_equal(buf, "user.a");
    assert_int_equal(list(at, "file", buf, 3), -ERANGE);
    assert_int_equal(list(at, "none", buf, sizeof(buf)), -ENOENT);
    assert_int_equal(get(at, ".", "user.dir", buf, sizeof(buf)), 1);
    /* The link itself, whether what it leads to is there or not. */
    assert_int_equal(list(at, "link", buf, sizeof(buf)), 0);
    assert_int_equal(get(at, "link", "user.a", buf, sizeof(buf)), -ENODATA);
    assert_int_equal(list(at, "dangling", buf, sizeof(buf)), 0);
    assert_int_equal(list(at, "fifo", buf, sizeof(buf)), 0);
    memset(name, 'n', sizeof(name));
    name[255] = 0;
    assert_int_equal(list(at, name, buf, sizeof(buf)), -ENOENT);
    name[255] = 'n';
    name[256] = 0;
    assert_int_equal(list(at, name, buf, sizeof(buf)), -ENAMETOOLONG);
}

static void both_ways(void **state)
{
    (void)state;
    char base[] = "/tmp/xattr-at-XXXXXX";
    assert_non_null(mkdtemp(base));
    int dir = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir >= 0);
    int file = openat(dir, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(fsetxattr(file, "user.a", "value", 5, 0), 0);
    assert_int_equal(setxattr(base, "user.dir", "d", 1, 0), 0);
    close(file);
    assert_int_equal(symlinkat("file", dir, "link"), 0);
    assert_int_equal(symlinkat("nowhere", dir, "dangling"), 0);
    assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
    check(dir, xattr_get_at, xattr_list_at);
    check(dir, xattr_get_by_proc, xattr_list_by_proc);
    close(dir);
    assert_int_equal(beneath_remove(AT_FDCWD, base), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Names to mount on: made where they are missing, and gone again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/mount_points.h"
#include "os/beneath.h"
#include "os/fd.h"

struct scene {
    char dir[64];
    int top, root;
};

static int set_up(void **state)
{
    static struct scene s;
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000, .tv_nsec = 5}};

    snprintf(s.dir, sizeof s.dir, "/tmp/mica-points.XXXXXX");
    assert_non_null(mkdtemp(s.dir));
    s.top = open(s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(s.top, "root", 0755), 0);
    s.root = openat(s.top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(s.root, "etc", 0755), 0);
    assert_int_equal(symlinkat("/etc", s.root, "link"), 0);
    assert_int_equal(symlinkat("/no/where", s.root, "dangling"), 0);
    assert_int_equal(symlinkat("../..", s.root, "up"), 0);
    assert_int_equal(utimensat(s.root, "etc", old, 0), 0);
    assert_int_equal(futimens(s.root, old), 0);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    close(s->root);
    assert_int_equal(beneath_remove(s->top, "root"), 0);
    close(s->top);
    return rmdir(s->dir);
}

static char kind(const struct scene *s, const char *path)
{
    struct stat st;

    if (fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return '-';
    return S_ISDIR(st.st_mode) ? 'd' : S_ISREG(st.st_mode) ? 'f' : S_ISLNK(st.st_mode) ? 'l' : '?';
}

static bool is_old(const struct scene *s, const char *path)
{
    struct stat st;
    assert_int_equal(fstatat(s->root, path, &st, 0), 0);
    return st.st_mtim.tv_sec == 1000 && st.st_mtim.tv_nsec == 5;
}

static char *const paths[] = {(char[]){"/proc/"},     (char[]){"/etc/hosts"},    (char[]){"/a/b/c/"},
                              (char[]){"/link/file"}, (char[]){"/dangling/x"},   (char[]){"/up/made/"},
                              (char[]){"/etc/"},      (char[]){"/etc/hosts/no"}, NULL};

static void test_made_and_removed(void **state)
{
    struct scene *s = *state;
    struct mount_points *m = mount_points_make(s->root, paths);

    assert_non_null(m);
    assert_int_equal(kind(s, "proc"), 'd');
    assert_int_equal(kind(s, "etc/hosts"), 'f');
    assert_int_equal(kind(s, "a/b/c"), 'd');
    assert_int_equal(kind(s, "etc/file"), 'f');
    assert_int_equal(kind(s, "dangling"), 'l');
    assert_int_equal(kind(s, "made"), 'd'); /* ".." of the root is the root */
    mount_points_remove(m);
    assert_int_equal(kind(s, "proc"), '-');
    assert_int_equal(kind(s, "etc/hosts"), '-');
    assert_int_equal(kind(s, "a"), '-');
    assert_int_equal(kind(s, "made"), '-');
    assert_int_equal(kind(s, "etc"), 'd');
    assert_true(is_old(s, "etc"));
    assert_true(is_old(s, "."));
}

/* What a container has put there is the container's. */
static void test_used_meanwhile(void **state)
{
    struct scene *s = *state;
    struct mount_points *m = mount_points_make(s->root, paths);
    int fd = openat(s->root, "etc/hosts", O_WRONLY | O_CLOEXEC);

    assert_int_equal(fd_write(fd, "x", 1), 0);
    close(fd);
    assert_int_equal(mkdirat(s->root, "a/b/own", 0755), 0);
    assert_int_equal(unlinkat(s->root, "proc", AT_REMOVEDIR), 0);
    assert_int_equal(mkdirat(s->root, "other", 0755), 0);
    mount_points_remove(m);
    assert_int_equal(kind(s, "etc/hosts"), 'f');
    assert_int_equal(kind(s, "a/b/own"), 'd');
    assert_int_equal(kind(s, "a/b/c"), '-');
    assert_int_equal(kind(s, "other"), 'd');
    assert_false(is_old(s, "."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_made_and_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_used_meanwhile, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

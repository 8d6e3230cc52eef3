/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a root that has been made to lead out of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/rooted.h"
#include "os/beneath.h"
#include "os/fd.h"

#define OUTSIDE "mica-outside" /* beside the root */

struct scene {
    char dir[64];
    int top, root;
};

static void write_text(int dir, const char *name, const char *text, size_t len)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(fd_write(fd, text, len), 0);
    close(fd);
}

static int set_up(void **state)
{
    static struct scene s;

    snprintf(s.dir, sizeof s.dir, "/tmp/mica-rooted.XXXXXX");
    assert_non_null(mkdtemp(s.dir));
    s.top = open(s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    write_text(s.top, OUTSIDE, "outside", 7);
    assert_int_equal(mkdirat(s.top, "root", 0755), 0);
    s.root = openat(s.top, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(s.root, "etc", 0755), 0);
    write_text(s.root, "etc/passwd", "inside", 6);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    close(s->root);
    assert_int_equal(beneath_remove(s->top, "root"), 0);
    unlinkat(s->top, OUTSIDE, 0);
    close(s->top);
    return rmdir(s->dir);
}

static void test_links(void **state)
{
    static const struct {
        const char *target, *path, *content; /* NULL: refused */
    } cases[] = {
        {"/etc/passwd", "link", "inside"},
        {"../../../../etc/passwd", "link", "inside"},
        {"../" OUTSIDE, "link", NULL},
        {"/../" OUTSIDE, "link", NULL},
        {"/proc/self/root/etc/passwd", "link", NULL},
        {"link", "link", NULL},
        {"/etc", "link/passwd", "inside"},
        {"nothing", "link", NULL},
        {"/", "link/../etc/passwd", "inside"},
    };
    struct scene *s = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = NULL;
        assert_int_equal(symlinkat(cases[i].target, s->root, "link"), 0);
        int r = rooted_read(s->root, cases[i].path, 100, &text);
        assert_int_equal(r == 0, cases[i].content != NULL);
        if (r == 0)
            assert_string_equal(text, cases[i].content);
        free(text);
        unlinkat(s->root, "link", 0);
    }
}

/* Names that are not there, and links to such, lead where they would be made. */
static void test_resolve(void **state)
{
    static const struct {
        const char *target, *path, *place; /* NULL: refused */
    } cases[] = {
        {"/etc", "/link/passwd", "/etc/passwd"},
        {"etc", "link", "/etc"},
        {"/no/where", "/link/x", "/no/where/x"},
        {"no", "/link/../y/", "/y"},
        {"../../..", "/link/x", "/x"},
        {"/etc/../link2", "/link", "/link2"},
        {"link", "/link", NULL},
        {"link/x", "/link", NULL},
        {"/proc/self/root", "/link/a", "/proc/self/root/a"},
        {"x", "/etc/passwd/a", "/etc/passwd/a"},
        {"x", "", "/"},
        {"x", "//./etc/.//passwd", "/etc/passwd"},
    };
    struct scene *s = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *place = NULL;
        assert_int_equal(symlinkat(cases[i].target, s->root, "link"), 0);
        int r = rooted_resolve(s->root, cases[i].path, &place);
        assert_int_equal(r, cases[i].place ? 0 : -ELOOP);
        if (r == 0)
            assert_string_equal(place, cases[i].place);
        free(place);
        unlinkat(s->root, "link", 0);
    }
}

/* A path that grows with each link ends at a limit. */
static void test_resolve_limits(void **state)
{
    struct scene *s = *state;
    char path[5000], *place = NULL;

    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(rooted_resolve(s->root, path, &place), -ENAMETOOLONG);
    for (size_t i = 0; i < 4000; i += 200)
        path[i] = '/';
    path[4000] = '\0';
    assert_int_equal(symlinkat(path, s->root, "long"), 0);
    assert_int_equal(symlinkat("long/long", s->root, "longer"), 0);
    path[0] = '/';
    snprintf(path, sizeof path, "/longer/%0300d", 0);
    assert_int_equal(rooted_resolve(s->root, path, &place), -ENAMETOOLONG);
    char *plain = rooted_plain("/a/./b//../c/..");
    assert_string_equal(plain, "/a");
    free(plain);
}

/* Whoever opens a fifo waits; whoever reads /dev/zero never ends. */
static void test_types(void **state)
{
    struct scene *s = *state;
    char *text = NULL;

    assert_int_equal(mkfifoat(s->root, "fifo", 0644), 0);
    assert_int_equal(rooted_read(s->root, "fifo", 100, &text), -EINVAL);
    assert_int_equal(rooted_read(s->root, "etc", 100, &text), -EINVAL);
    if (mknodat(s->root, "device", S_IFCHR | 0666, 0x105) == 0)
        assert_int_equal(rooted_read(s->root, "device", 100, &text), -EINVAL);
    assert_null(text);
}

static void test_contents(void **state)
{
    struct scene *s = *state;
    char *text = NULL;

    assert_int_equal(rooted_read(s->root, "/etc/passwd", 6, &text), 0);
    free(text);
    text = NULL;
    assert_int_equal(rooted_read(s->root, "/etc/passwd", 5, &text), -EFBIG);
    write_text(s->root, "nul", "a\0b", 3);
    assert_int_equal(rooted_read(s->root, "nul", 100, &text), -EINVAL);
    assert_null(text);
}

#define OPENS 5000

/* Until its parent ends it, or a minute has passed. */
static void rename_for_ever(int dir)
{
    alarm(60);
    for (;;) {
        renameat(dir, OUTSIDE, dir, "other");
        renameat(dir, "other", dir, OUTSIDE);
    }
}

/* Others rename files elsewhere all the time, and the kernel then does not know where ".." has led. */
static void test_others_rename(void **state)
{
    struct scene *s = *state;
    pid_t pid = fork();
    int r = 0;

    assert_true(pid >= 0);
    if (pid == 0)
        rename_for_ever(s->top);
    for (int i = 0; i < OPENS && r >= 0; i++) {
        r = rooted_open(s->root, "etc/../../../etc/../etc/passwd", O_PATH);
        if (r >= 0)
            close(r);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    renameat(s->top, "other", s->top, OUTSIDE);
    assert_true(r >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resolve, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resolve_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_contents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others_rename, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

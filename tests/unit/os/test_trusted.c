/* SPDX-License-Identifier: Apache-2.0 */
/* Paths through links, and through other users' in a directory for everybody. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/cleanup.h"
#include "os/trusted.h"

static char top[] = "/tmp/mica-trusted.XXXXXX";

static void make(const char *target, const char *name)
{
    assert_int_equal(symlink(target, name), 0);
}

static int set_up(void **state)
{
    char text[64];

    (void)state;
    assert_non_null(mkdtemp(top));
    assert_int_equal(chdir(top), 0);
    assert_int_equal(mkdir("d", 0755), 0);
    assert_int_equal(mkdir("d/sub", 0755), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    close(open("d/f", O_WRONLY | O_CREAT, 0600));
    make("d", "dir_link");
    make("d/f", "file_link");
    make("nowhere", "dangling");
    make("loop", "loop");
    make("sub/../f", "d/up");
    snprintf(text, sizeof text, "%s/d/up", top);
    make(text, "absolute");
    assert_int_equal(mkdir("shared", 0755), 0);
    make("../d", "shared/theirs");
    make("../d", "shared/own");
    make("theirs", "shared/to_theirs");
    return 0;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", top);
    return chdir("/") < 0 || system(command);
}

static void test_paths(void **state)
{
    static const struct {
        const char *path;
        int r;
        const char *name, *dir; /* the directory's, by another path */
        bool there;
    } cases[] = {
        {"new", 0, "new", ".", false},
        {"d/new", 0, "new", "d", false},
        {"dir_link/new", 0, "new", "d", false},
        {"d//f", 0, "f", "d", true},
        {"file_link", 0, "f", "d", true},
        {"absolute", 0, "f", "d", true},
        {"d/sub/../f", 0, "f", "d", true},
        {"dir_link", 0, "d", ".", true},
        {"dir_link/", 0, "d", ".", true},
        {".", 0, ".", ".", true},
        {"/", 0, ".", "/", true},
        {"fifo", 0, "fifo", ".", true},
        {"", -ENOENT, NULL, NULL, false},
        {"dangling", -ENOENT, NULL, NULL, false},
        {"none/new", -ENOENT, NULL, NULL, false},
        {"loop", -ELOOP, NULL, NULL, false},
        {"d/f/x", -ENOTDIR, NULL, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct trusted t = TRUSTED_NONE;
        struct stat st;

        int r = trusted_find(cases[i].path, &t);
        if (r != cases[i].r)
            fail_msg("%s: %d", cases[i].path, r);
        if (r < 0)
            continue;
        assert_string_equal(t.name, cases[i].name);
        assert_int_equal(stat(cases[i].dir, &st), 0);
        assert_int_equal(t.dir_st.st_ino, st.st_ino);
        assert_int_equal(t.file >= 0, cases[i].there);
        trusted_close(&t);
    }
}

/* A pipe has no path: the kernel's own links lead to it all the same. */
static void test_pipes(void **state)
{
    struct trusted t = TRUSTED_NONE;
    char path[32];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    assert_int_equal(trusted_find(path, &t), 0);
    assert_true(S_ISFIFO(t.st.st_mode));
    trusted_close(&t);
    close(ends[0]);
    close(ends[1]);
}

static void test_links_of_others(void **state)
{
    static const char *const traps[] = {"shared/theirs", "shared/theirs/new", "shared/to_theirs/f"};
    struct trusted t = TRUSTED_NONE;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(lchown("shared/theirs", 65534, 65534), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(trusted_find(traps[i], &t), 0); /* nobody else can write there */
        trusted_close(&t);
    }
    assert_int_equal(chmod("shared", 01777), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(trusted_find(traps[i], &t), -EPERM);
    assert_int_equal(trusted_find("shared/own/f", &t), 0);
    trusted_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_pipes),
        cmocka_unit_test(test_links_of_others),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

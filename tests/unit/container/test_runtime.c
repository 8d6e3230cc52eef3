/* SPDX-License-Identifier: Apache-2.0 */
/* How runtimes are called, and what is made of what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/runtime.h"

static void expect_words(const char *const *words, const char *text)
{
    char joined[8192] = "";

    for (size_t i = 0; words[i]; i++) {
        strcat(joined, i ? " " : "");
        strcat(joined, words[i]);
    }
    assert_string_equal(joined, text);
}

static void test_words(void **state)
{
    struct runtime crun = {(char[]){"/usr/bin/crun"}, true}, runc = {(char[]){"/usr/bin/runc"}, false};
    const char *words[RUNTIME_WORDS_MAX];
    static struct runtime_paths p;

    (void)state;
    runtime_paths_in("/r", true, &p);
    runtime_start_words(&crun, &p, "box", false, words);
    expect_words(words,
                 "/usr/bin/crun --root /r/state --log=file:/r/log --cgroup-manager=disabled run --detach "
                 "--bundle /r --pid-file /r/pid box");
    runtime_delete_words(&crun, &p, "box", words);
    assert_null(words[0]);
    runtime_paths_in("/r", false, &p);
    runtime_start_words(&runc, &p, "box", true, words);
    expect_words(words,
                 "/usr/bin/runc --root /r/state --log=/r/log run --detach --bundle /r --pid-file /r/pid "
                 "--console-socket /r/console box");
    runtime_delete_words(&runc, &p, "box", words);
    expect_words(words, "/usr/bin/runc --root /r/state delete --force box");
}

/* As crun 1.8 and runc 1.1 say it. */
static void test_failures(void **state)
{
    static const struct {
        const char *log;
        int status;
    } cases[] = {
        {"executable file `nope` not found in $PATH: No such file or directory", 127},
        {"open executable: Permission denied", 126},
        {"open executable: Operation not permitted", 126},
        {"exec container process `/bin/x`: Exec format error", 126},
        {"level=error msg=\"unable to start container process: exec: \\\"nope\\\": executable file not found "
         "in $PATH\"",
         127},
        {"level=error msg=\"exec: \\\"/bin/nope\\\": stat /bin/nope: no such file or directory\"", 127},
        {"level=error msg=\"exec: \\\"/bin\\\": permission denied\"", 126},
        {"cgroups in hybrid mode not supported", 125},
        {"error executing hook: mount `/src` to `/dst`: No such file or directory", 125},
        {"open `/x`: No such file or directory", 125},
        {"", 125},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(runtime_failure_status(cases[i].log), cases[i].status);
}

static void program(const char *dir, const char *name, mode_t mode)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(chmod(path, mode), 0);
}

static void found(const char *wanted, const char *dir, const char *name, bool is_crun)
{
    struct runtime r;
    char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_int_equal(runtime_find(wanted, &r, NULL), 0);
    assert_string_equal(r.path, path);
    assert_int_equal(r.is_crun, is_crun);
    free(r.path);
}

static void test_which(void **state)
{
    char dir[] = "/tmp/mica-runtime.XXXXXX", path[128];
    struct runtime r;
    struct err err = {""};

    (void)state;
    assert_non_null(mkdtemp(dir));
    setenv("PATH", dir, 1);
    assert_int_equal(runtime_find(NULL, &r, &err), -ENOENT);
    assert_non_null(strstr(err.text, "neither"));
    program(dir, "runc", 0755);
    program(dir, "crun", 0644); /* no program */
    found(NULL, dir, "runc", false);
    program(dir, "crun", 0755);
    found(NULL, dir, "crun", true);
    found("runc", dir, "runc", false);
    snprintf(path, sizeof path, "%s/crun", dir);
    found(path, dir, "crun", true);
    assert_int_equal(runtime_find("youki", &r, &err), -ENOENT);
    assert_true(runtime_find("/nonexistent/crun", &r, &err) < 0);
    unlink(path);
    snprintf(path, sizeof path, "%s/runc", dir);
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_failures),
                                       cmocka_unit_test(test_which)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

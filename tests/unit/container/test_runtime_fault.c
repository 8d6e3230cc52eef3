/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a container that did not start: on which thing, and why, whichever runtime it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "container/runtime_fault.h"

static const struct {
    const char *runtime;
    int status;
    const char *log;
    struct runtime_program program;
    const char *text;
} cases[] = {
    {"/usr/bin/crun",
     126,
     "open executable: Permission denied\n",
     {"/etc/passwd", 0, S_IFREG | 0644},
     "/etc/passwd cannot be executed: its mode is 0644"},
    {"/usr/bin/crun",
     126,
     "open executable: Operation not permitted",
     {"/tmp", 0, S_IFDIR | 01777},
     "/tmp cannot be executed: it is a directory"},
    {"/usr/sbin/runc",
     126,
     "time=\"x\" level=error msg=\"runc run failed: unable to start container process: exec: "
     "\\\"/bin/x\\\": permission denied\"\n",
     {"/bin/x", 0, S_IFREG | 0700},
     "/bin/x cannot be executed by this user: its mode is 0700; -u selects another user"},
    {"/usr/bin/crun",
     126,
     "exec container process `/bin/x`: Exec format error",
     {"/bin/x", 0, S_IFREG | 0755},
     "/bin/x cannot be executed: it is neither a program for this machine nor a script with #!"},
    /* In a volume, which is gone by then. */
    {"/usr/bin/crun",
     126,
     "open executable: Permission denied",
     {"/src/x", ENOENT, 0},
     "/src/x cannot be executed: open executable: Permission denied"},
    {"/usr/bin/crun",
     127,
     "executable file `nope` not found in $PATH: No such file or directory",
     {"nope", ENOENT, 0},
     "no command \"nope\" in the PATH of the container"},
    {"/usr/bin/crun",
     127,
     "executable file `/nope` not found in $PATH: No such file or directory",
     {"/nope", ENOENT, 0},
     "no /nope in the container"},
    {"/usr/bin/crun",
     127,
     "exec container process `/app`: No such file or directory",
     {"/app", 0, S_IFREG | 0755},
     "/app exists, but its interpreter or loader does not"},
    {"/opt/runc",
     125,
     "time=\"x\" level=warning msg=\"first\"\ntime=\"x\" level=error msg=\"runc run failed: unable to start "
     "container process: error during container init: mkdir \\\"a\\\\b\\\": not a directory\"\n",
     {"/bin/x", 0, S_IFREG | 0755},
     "runc: mkdir \"a\\b\": not a directory"},
    {"/usr/bin/crun",
     125,
     "cgroups in hybrid mode not supported\n",
     {NULL, ENOENT, 0},
     "crun: cgroups in hybrid mode not supported"},
    {"/usr/bin/crun", 125, "", {"/x", 0, S_IFREG}, "crun failed without a message"},
    {"crun", 125, "\n\n", {NULL, ENOENT, 0}, "crun failed without a message"},
    {"/usr/bin/crun",
     127,
     "executable file `a` not found",
     {NULL, ENOENT, 0},
     "crun: executable file `a` not found"},
    {"/usr/bin/runc", 125, "level=error msg=\"cut short", {NULL, ENOENT, 0}, "runc: cut short"},
};

static void test_lines(void **state)
{
    char path[32];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {""};
        strcpy(path, cases[i].runtime);
        const struct runtime r = {.path = path};
        runtime_fault(&r, cases[i].status, cases[i].log, &cases[i].program, &err);
        assert_string_equal(err.text, cases[i].text);
    }
}

static void test_long(void **state)
{
    static char log[100000];
    const struct runtime_program none = {NULL, ENOENT, 0};
    const struct runtime r = {.path = (char[]){"/x/crun"}};
    struct err err = {""};

    (void)state;
    memset(log, '\\', sizeof log - 1);
    runtime_fault(&r, 125, log, &none, &err);
    assert_memory_equal(err.text, "crun: \\", 7);
    memcpy(log, "msg=\"", 5);
    runtime_fault(&r, 125, log, &none, &err);
    assert_memory_equal(err.text, "crun: \\", 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Each case in a child: what it sets is the process's. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/cleanup.h"
#include "os/fd.h"
#include "os/start.h"

/* The line of the first check that does not hold, or 0. */
static int in_child(int (*act)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(act());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define CHECK(c)                                                                                             \
    do {                                                                                                     \
        if (!(c))                                                                                            \
            return __LINE__;                                                                                 \
    } while (0)

static int closed; /* bits of the descriptors that the next child lacks */

static int lacks_descriptors(void)
{
    char byte = 0;

    for (int fd = 0; fd < 3; fd++)
        if (closed & 1 << fd)
            close(fd);
    CHECK(start_process() == 0);
    for (int fd = 0; fd < 3; fd++) {
        CHECK(fcntl(fd, F_GETFD) >= 0);
        if (!(closed & 1 << fd))
            continue;
        CHECK((fd == 0 ? read(fd, &byte, 1) : write(fd, &byte, 1)) < 0 && errno == EBADF);
    }
    return 0;
}

static void closed_descriptors_are_no_files(void **state)
{
    (void)state;
    for (closed = 0; closed < 8; closed++)
        assert_int_equal(in_child(lacks_descriptors), 0);
}

static bool is_ignored(int n)
{
    struct sigaction now;

    return sigaction(n, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static bool some_signal_is_blocked(void)
{
    sigset_t mask;

    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int n = 1; n < NSIG; n++)
        if (sigismember(&mask, n) > 0)
            return true;
    return false;
}

static void ignore_and_block_all(void)
{
    sigset_t all;

    for (int n = 1; n < NSIG; n++)
        (void)signal(n, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static int has_odd_signals(void)
{
    int status;

    ignore_and_block_all();
    CHECK(start_process() == 0);
    CHECK(!some_signal_is_blocked());
    CHECK(!is_ignored(SIGCHLD) && is_ignored(SIGXFSZ) && is_ignored(SIGHUP) && is_ignored(SIGINT));
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7);

    ignore_and_block_all();
    start_as_program();
    CHECK(!some_signal_is_blocked());
    for (int n = 1; n < NSIG; n++)
        CHECK(!is_ignored(n));
    return 0;
}

static void signals_are_as_at_the_start_of_a_program(void **state)
{
    (void)state;
    assert_int_equal(in_child(has_odd_signals), 0);
}

static int has_odd_limits(void)
{
    struct rlimit files;
    mode_t mask;

    umask(0777);
    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = 10;
    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
    CHECK(start_process() == 0);
    mask = umask(0);
    CHECK(mask == 077);
    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == files.rlim_max);
    start_process();
    CHECK(umask(0) == 0); /* who wants files for all gets them */
    start_as_program();
    CHECK(umask(0) == 022);
    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == files.rlim_max);
    return 0;
}

static void umask_and_limits_let_it_work(void **state)
{
    (void)state;
    assert_int_equal(in_child(has_odd_limits), 0);
}

static int has_secrets(void)
{
    static const char *const kept[] = {"PATH", "MICA", NULL};
    cleanup_free char *block = NULL;
    size_t len;

    setenv("MICA_SECRET", "other", 1);
    setenv("MICA", "kept", 1);
    start_forget_environment(kept);
    CHECK(!getenv("SECRET") && !getenv("MICA_SECRET") && getenv("PATH"));
    CHECK(strcmp(getenv("MICA"), "kept") == 0);
    cleanup_fd int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0 && fd_slurp(fd, 1 << 20, &block, &len) == 0);
    CHECK(!memmem(block, len, "hidden", 6));
    return 0;
}

static void environment_is_wiped(void **state)
{
    char self[] = "/proc/self/exe", *argv[] = {self, NULL},
         *env[] = {(char[]){"SECRET=hidden"}, (char[]){"PATH=/bin"}, NULL};
    int status;

    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        execve(self, argv, env);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int has_descriptors(void)
{
    int unmarked = open("/dev/null", O_RDONLY), own = open("/dev/null", O_RDONLY | O_CLOEXEC);

    CHECK(start_close_inherited() == 0);
    CHECK(fcntl(unmarked, F_GETFD) < 0 && fcntl(own, F_GETFD) == FD_CLOEXEC);
    unmarked = fcntl(own, F_DUPFD, 50);
    CHECK(unmarked == 50 && start_close_on_exec(3) == 0 && fcntl(unmarked, F_GETFD) == FD_CLOEXEC);
    return 0;
}

static void inherited_descriptors_go(void **state)
{
    (void)state;
    assert_int_equal(in_child(has_descriptors), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_descriptors_are_no_files),
        cmocka_unit_test(signals_are_as_at_the_start_of_a_program),
        cmocka_unit_test(umask_and_limits_let_it_work),
        cmocka_unit_test(environment_is_wiped),
        cmocka_unit_test(inherited_descriptors_go),
    };
    if (getenv("SECRET")) /* as environment_is_wiped starts it */
        return has_secrets() != 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

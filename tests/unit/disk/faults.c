/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fault_plan fault_plan;

static void note(char what)
{
    size_t n = strlen(fault_plan.trace);

    if (n + 1 < sizeof(fault_plan.trace))
        fault_plan.trace[n] = what;
}

int run_with_fault(const char *path, int (*act)(struct store *s), enum fault fault, unsigned at)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct store *s;

        if (store_open(path, 0, &s, NULL) < 0)
            _exit(3);
        fault_plan.fault = fault;
        fault_plan.at = at;
        _exit(act(s) == 0 ? 0 : 1);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Before a call that changes the disk: true when it is to fail. */
static bool step(void)
{
    if (fault_plan.fault == NO_FAULT || ++fault_plan.count < fault_plan.at)
        return false;
    if (fault_plan.fault == DIE)
        kill(getpid(), SIGKILL);
    errno = ENOSPC;
    return true;
}

/* Names that the linker makes. */
int __real_syncfs(int fd);
int __real_fsync(int fd);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __real_mkdirat(int dir, const char *path, mode_t mode);
int __real_unlinkat(int dir, const char *path, int flags);
int __real_fd_write(int fd, const void *data, size_t len);
int __real_beneath_open(int dir, const char *path, int flags, mode_t mode);
int __wrap_syncfs(int fd);
int __wrap_fsync(int fd);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_mkdirat(int dir, const char *path, mode_t mode);
int __wrap_unlinkat(int dir, const char *path, int flags);
int __wrap_fd_write(int fd, const void *data, size_t len);
int __wrap_beneath_open(int dir, const char *path, int flags, mode_t mode);

int __wrap_syncfs(int fd)
{
    note('S');
    return step() ? -1 : __real_syncfs(fd);
}

int __wrap_fsync(int fd)
{
    note('f');
    return step() ? -1 : __real_fsync(fd);
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    note(strcmp(to, "index.json") == 0 ? 'R' : 'r');
    return step() ? -1 : __real_renameat(from_dir, from, to_dir, to);
}

int __wrap_mkdirat(int dir, const char *path, mode_t mode)
{
    return step() ? -1 : __real_mkdirat(dir, path, mode);
}

/* Removing needs no room: one may die at it, but it does not fail. */
int __wrap_unlinkat(int dir, const char *path, int flags)
{
    if (fault_plan.fault == DIE)
        step();
    return __real_unlinkat(dir, path, flags);
}

int __wrap_fd_write(int fd, const void *data, size_t len)
{
    return step() ? -ENOSPC : __real_fd_write(fd, data, len);
}

int __wrap_beneath_open(int dir, const char *path, int flags, mode_t mode)
{
    int fd = flags & O_CREAT && step() ? -ENOSPC : __real_beneath_open(dir, path, flags, mode);

    if (fault_plan.after_open && !(flags & O_CREAT))
        fault_plan.after_open(path);
    return fd;
}

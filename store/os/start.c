/* SPDX-License-Identifier: Apache-2.0 */
#include "os/start.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/cleanup.h"

/* The limit of open files that container engines set (podman, docker). */
#define PROGRAM_FILES 1048576

extern char **environ;

/* ---- descriptors */

/* Opens closed standard streams in the opposite direction: reading from standard input and writing to
 * standard output fail with EBADF. */
static int open_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        int got = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (got < 0) /* a root without /dev: a directory can be neither read nor written */
            got = open("/", O_RDONLY | O_DIRECTORY);
        if (got < 0)
            return -errno;
    }
    return 0;
}

/* Calls `act` for each descriptor from `from` upwards, except the one of the listing itself. */
static int each_descriptor(int from, void (*act)(int fd))
{
    cleanup_dir DIR *d = opendir("/proc/self/fd");

    if (!d)
        return -errno;
    for (const struct dirent *e; (e = readdir(d));) {
        int fd = *e->d_name >= '0' && *e->d_name <= '9' ? atoi(e->d_name) : -1;
        if (fd >= from && fd != dirfd(d))
            act(fd);
    }
    return 0;
}

static void mark(int fd)
{
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void close_unmarked(int fd)
{
    int flags = fcntl(fd, F_GETFD);

    if (flags >= 0 && !(flags & FD_CLOEXEC))
        close(fd);
}

int start_close_on_exec(int from)
{
    /* Linux before 5.11 lacks the flag. */
    return close_range((unsigned)from, ~0u, CLOSE_RANGE_CLOEXEC) == 0 ? 0 : each_descriptor(from, mark);
}

int start_close_inherited(void)
{
    return each_descriptor(STDERR_FILENO + 1, close_unmarked);
}

/* ---- signals, limits */

static void unblock_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void raise_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int start_process(void)
{
    int r = open_standard();

    (void)signal(SIGCHLD, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_IGN);
    unblock_signals();
    umask(umask(077) & 077);
    raise_files();
    return r;
}

void start_as_program(void)
{
    const struct rlimit files = {PROGRAM_FILES, PROGRAM_FILES};

    for (int n = 1; n < NSIG; n++)
        (void)signal(n, SIG_DFL);
    unblock_signals();
    umask(022);
    if (setrlimit(RLIMIT_NOFILE, &files) < 0) /* above the hard limit of an unprivileged user */
        raise_files();
}

/* ---- environment */

static bool is_named(const char *entry, const char *const *names)
{
    size_t len = strcspn(entry, "=");

    for (; *names; names++)
        if (strlen(*names) == len && strncmp(*names, entry, len) == 0)
            return true;
    return false;
}

void start_forget_environment(const char *const *names)
{
    size_t n = 0, kept = 0;

    while (environ && environ[n])
        n++;
    char **copies = calloc(n + 1, sizeof *copies);
    for (size_t i = 0; i < n; i++) {
        if (copies && is_named(environ[i], names) && (copies[kept] = strdup(environ[i])))
            kept++;
        explicit_bzero(environ[i], strlen(environ[i]));
    }
    clearenv();
    for (size_t i = 0; i < kept; i++)
        putenv(copies[i]); /* the environment keeps the copy */
    free(copies);
}

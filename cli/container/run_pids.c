/* SPDX-License-Identifier: Apache-2.0 */
#include "container/run_pids.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/cleanup.h"
#include "os/dir.h"
#include "os/fd.h"

#define TOP       "/sys/fs/cgroup"
#define PREFIX    "mica-" /* followed by the pid of mica and the branch */
#define FOR_START 64      /* allowance for the runtime's processes and threads */
#define TEXT_MAX  (1u << 16)

/* The kernel's RESERVED_PIDS and PID_MAX_LIMIT. */
#define RESERVED    300
#define NUMBERS_MAX 4194304

/* ---- paths */

static bool has_word(const char *list, size_t len, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = list, *end = list + len; at < end;) {
        size_t w = strcspn(at, ", \n:");
        if (w == n && memcmp(at, word, n) == 0)
            return true;
        at += w + 1;
    }
    return false;
}

/* Lines are NUMBER:CONTROLLERS:PATH; version 2 has an empty controller list. */
bool run_pids_path(const char *text, char *ret, size_t size, bool *ret_v2)
{
    bool found = false;

    for (const char *line = text; *line;) {
        const char *end = line + strcspn(line, "\n"), *list = memchr(line, ':', (size_t)(end - line));
        const char *path = list ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
        bool v1 = path && has_word(list + 1, (size_t)(path - list - 1), "pids");
        if (path && path[1] == '/' && (size_t)(end - path) <= size && (v1 || path == list + 1)) {
            snprintf(ret, size, "%.*s", (int)(end - path - 1), path + 1);
            *ret_v2 = !v1;
            found = true;
            if (v1)
                return true;
        }
        line = *end ? end + 1 : end;
    }
    return found;
}

static bool switched_on(int dir, bool v2)
{
    cleanup_free char *text = NULL;
    size_t len = 0;

    if (!v2)
        return faccessat(dir, "cgroup.procs", F_OK, 0) == 0;
    return fd_slurp_at(dir, "cgroup.subtree_control", TEXT_MAX, &text, &len) == 0 &&
           has_word(text, len, "pids");
}

/* ---- cgroup */

static bool write_number(int fd, int64_t n)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%lld", (long long)n);

    return pwrite(fd, text, (size_t)len, 0) == len;
}

static void close_all(struct run_pids *p)
{
    int *const fds[] = {&p->parent, &p->procs, &p->max};

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (*fds[i] >= 0)
            close(*fds[i]);
        *fds[i] = -1;
    }
}

/* Can a process join the cgroup? Version 2 also requires rights on the common ancestor. */
static bool try_join(const struct run_pids *p)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(write_number(p->procs, 0) ? 0 : 1);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Remove cgroups left by killed processes; the kernel refuses those in use. */
static void sweep(int parent)
{
    cleanup_dir DIR *list = fdopendir(openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

    for (struct dirent *e; list && (e = readdir(list));) {
        pid_t maker = strncmp(e->d_name, PREFIX, strlen(PREFIX)) == 0
                          ? (pid_t)strtol(e->d_name + strlen(PREFIX), NULL, 10)
                          : 0;
        if (maker > 0 && kill(maker, 0) < 0 && errno == ESRCH)
            unlinkat(parent, e->d_name, AT_REMOVEDIR);
    }
}

/* Create the cgroup in the directory p->parent. */
static bool make_here(struct run_pids *p, bool v2)
{
    if (p->parent < 0 || !switched_on(p->parent, v2) || mkdirat(p->parent, p->name, 0755) < 0)
        return false;
    cleanup_fd int dir = openat(p->parent, p->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    p->procs = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    p->max = openat(dir, "pids.max", O_WRONLY | O_CLOEXEC);
    if (p->procs >= 0 && p->max >= 0 && write_number(p->max, p->limit + FOR_START) && try_join(p)) {
        sweep(p->parent);
        return true;
    }
    unlinkat(p->parent, p->name, AT_REMOVEDIR);
    return false;
}

bool run_pids_make(struct run_pids *p, int64_t limit, const char *branch)
{
    cleanup_free char *text = NULL;
    char own[PATH_MAX], path[PATH_MAX + 64];
    bool v2;

    *p = (struct run_pids)RUN_PIDS_NONE;
    p->limit = limit;
    snprintf(p->name, sizeof p->name, PREFIX "%d-%.40s", (int)getpid(), branch);
    if (fd_slurp_at(AT_FDCWD, "/proc/self/cgroup", TEXT_MAX, &text, NULL) < 0 ||
        !run_pids_path(text, own, sizeof own, &v2))
        return false;
    for (bool top = false; !top;) {
        char *slash = strrchr(own, '/');
        top = !slash || slash[1] == '\0';
        snprintf(path, sizeof path, "%s%s", v2 ? TOP : TOP "/pids", own);
        p->parent = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (make_here(p, v2))
            return true;
        close_all(p);
        if (!top)
            slash[slash == own ? 1 : 0] = '\0';
    }
    return false;
}

bool run_pids_join(const struct run_pids *p)
{
    return p->procs < 0 || write_number(p->procs, 0);
}

/* ---- pid namespace */

bool run_pids_has_numbers(const char *release)
{
    unsigned major, minor;

    return sscanf(release, "%u.%u", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 14));
}

bool run_pids_choose_numbers(struct run_pids *p, int64_t limit)
{
    struct utsname here;

    p->limit = limit;
    p->by_numbers = uname(&here) == 0 && run_pids_has_numbers(here.release);
    return p->by_numbers;
}

static int set_kernel(const char *name, int64_t value)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/sys/kernel/%s", name);
    cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -errno : write_number(fd, value) ? 0 : -EIO;
}

/* The kernel gives out reserved pids once only; start above them so that the limit counts all pids. */
static int set_numbers(int64_t n)
{
    return set_kernel("pid_max", RESERVED + (n < NUMBERS_MAX - RESERVED ? n : NUMBERS_MAX - RESERVED));
}

int run_pids_limit_numbers(const struct run_pids *p)
{
    if (!p->by_numbers)
        return 0;
    (void)set_kernel("ns_last_pid", RESERVED); /* on failure the limit is higher by RESERVED */
    return set_numbers(p->limit + FOR_START);
}

/* ---- life */

void run_pids_tighten(const struct run_pids *p)
{
    if (p->by_numbers)
        (void)set_numbers(p->limit);
    if (p->max >= 0)
        (void)write_number(p->max, p->limit + 1);
}

void run_pids_remove(struct run_pids *p)
{
    if (p->parent >= 0)
        (void)unlinkat(p->parent, p->name, AT_REMOVEDIR);
    close_all(p);
}

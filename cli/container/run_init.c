/* SPDX-License-Identifier: Apache-2.0 */
#include "container/run_init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/rooted.h"
#include "container/container_limits.h"
#include "container/run_channel.h"
#include "container/run_inside.h"
#include "container/runtime_fault.h"
#include "image/json_text.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "os/start.h"

#define LOG_MAX     (1u << 20) /* config.json holds arguments and variables of any length */
#define EARLY_MAX   16         /* children that ended before the container's pid was known */
#define PENDING_MAX 16         /* signals that arrived before the container existed */

struct init {
    const struct container_run *run;
    const struct run_pids *pids;
    struct run_ends *ends;
    struct runtime_paths paths;
    int channel, console, children; /* descriptors; -1: closed */
    pid_t runtime, container;       /* 0: none */
    int status;                     /* -1: still running */
    struct {
        pid_t pid;
        int status;
    } early[EARLY_MAX];
    size_t n_early;
    int pending[PENDING_MAX];
    size_t n_pending;
};

/* ---- runtime */

/* Execute a program without this process's state; only the three standard descriptors pass on, -1 is
 * /dev/null. */
static void become(const char *const *argv, const int streams[3])
{
    char path[4200], *env[] = {path, NULL};
    const char *search = getenv("PATH");
    union {
        const char *const *words;
        char *const *argv;
    } u = {.words = argv}; /* exec does not change the words */

    snprintf(path, sizeof path, "PATH=%s", search ? search : "/usr/sbin:/usr/bin:/sbin:/bin");
    for (int n = 0; n < 3; n++) {
        int fd = streams[n] >= 0 ? streams[n] : open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0 || (fd != n && dup2(fd, n) < 0))
            _exit(STATUS_RUN_FAILED);
    }
    start_as_program();
    if (start_close_on_exec(STDERR_FILENO + 1) == 0)
        execve(argv[0], u.argv, env);
    cli_failf("%s: %s", argv[0], strerror(errno));
    _exit(STATUS_RUN_FAILED);
}

/* Give the runtime the container's streams, except for a terminal. The runtime also writes its errors to its
 * log. */
static pid_t start_runtime(const struct init *f)
{
    const struct container_options *o = f->run->options;
    const bool tty = o->wish.tty;
    const int streams[] = {tty ? -1 : f->ends->in, tty ? -1 : f->ends->out, tty ? -1 : f->ends->err};
    const char *argv[RUNTIME_WORDS_MAX];
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    runtime_start_words(&f->run->runtime, &f->paths, o->branch, tty, argv);
    become(argv, streams);
    return -1;
}

/* Delete the runtime's resources other than files, as far as the runtime can. */
static void forget(const struct init *f)
{
    static const int streams[] = {-1, -1, STDERR_FILENO};
    const char *argv[RUNTIME_WORDS_MAX];

    runtime_delete_words(&f->run->runtime, &f->paths, f->run->options->branch, argv);
    pid_t pid = argv[0] ? fork() : -1;
    if (pid == 0)
        become(argv, streams);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static char *read_text(const char *path)
{
    char *text;

    return fd_slurp_at(AT_FDCWD, path, LOG_MAX, &text, NULL) == 0 ? text : NULL;
}

/* ---- failure */

/* Read the program's name from config.json; "" if unknown. */
static char *program_name(const struct init *f)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof path, "%s/config.json", f->paths.bundle);
    cleanup_free char *text = read_text(path);
    cleanup_json json_t *spec = text ? json_loads(text, JSON_DECODE_INT_AS_REAL, NULL) : NULL;
    json_t *args = json_object_get(json_object_get(spec, "process"), "args");
    const char *name = json_string_value(json_array_get(args, 0));
    return name ? strdup(name) : NULL;
}

/* Check the program in the image. The image is still mounted here; volumes over it vanished with the
 * runtime's namespace. */
static void look_at_program(const struct init *f, struct runtime_program *p)
{
    char root[PATH_MAX + 16];
    struct stat st;

    snprintf(root, sizeof root, "%s/rootfs", f->paths.bundle);
    cleanup_fd int rootfd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_free char *place = NULL;
    int r = rootfd < 0 ? -errno : rooted_resolve(rootfd, p->name, &place);
    cleanup_fd int fd = r < 0 ? r : rooted_open(rootfd, place, O_PATH | O_NOFOLLOW);
    if (fd >= 0 && fstat(fd, &st) == 0)
        p->mode = st.st_mode;
    else
        p->error = fd < 0 ? -fd : errno;
}

/* Report the failure and return its exit status. */
static int tell_failure(const struct init *f)
{
    cleanup_free char *log = read_text(f->paths.log), *name = program_name(f);
    struct runtime_program program = {.name = name, .error = ENOENT};
    int status = runtime_failure_status(log ? log : "");
    struct err err = {""};

    if (name && strchr(name, '/')) {
        program.error = 0;
        look_at_program(f, &program);
    }
    runtime_fault(&f->run->runtime, status, log ? log : "", &program, &err);
    cli_fail(&err);
    return status;
}

/* ---- children */

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void send_pending(struct init *f)
{
    for (size_t i = 0; i < f->n_pending; i++)
        kill(f->container, f->pending[i]);
    f->n_pending = 0;
}

/* Handle the runtime's end: the container runs, or report on standard error why it does not. */
static void runtime_ended(struct init *f, int status)
{
    cleanup_free char *pid = NULL;

    f->runtime = 0;
    run_pids_tighten(f->pids);
    if (exit_status(status) != 0) {
        f->status = tell_failure(f);
        return;
    }
    pid = read_text(f->paths.pid_file);
    f->container = pid ? (pid_t)strtol(pid, NULL, 10) : 0;
    if (f->container <= 0) {
        cli_failf("%s has not reported the container's process", f->run->runtime.path);
        f->status = STATUS_RUN_FAILED;
        return;
    }
    for (size_t i = 0; i < f->n_early; i++)
        if (f->early[i].pid == f->container)
            f->status = exit_status(f->early[i].status);
    if (f->status < 0)
        send_pending(f);
    run_channel_send(f->channel, RUN_STARTED, 0, -1);
}

static void reap(struct init *f)
{
    struct signalfd_siginfo info;
    int status;

    (void)!read(f->children, &info, sizeof info);
    for (pid_t pid; f->status < 0 && (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == f->runtime) {
            runtime_ended(f, status);
        } else if (pid == f->container) {
            f->status = exit_status(status);
        } else if (!f->container && f->n_early < EARLY_MAX) {
            f->early[f->n_early].pid = pid;
            f->early[f->n_early++].status = status;
        }
    }
}

/* ---- messages from mica */

static void take_terminal(struct init *f)
{
    cleanup_fd int peer = accept4(f->console, NULL, NULL, SOCK_CLOEXEC);
    cleanup_fd int terminal = peer < 0 ? -1 : run_channel_take_fd(peer);

    if (terminal >= 0)
        run_channel_send(f->channel, RUN_TERMINAL, 0, terminal);
    f->console = -1;
}

static void take_message(struct init *f)
{
    struct run_message m = {0};
    int r = run_channel_receive(f->channel, &m, NULL);

    if (r <= 0) { /* mica is gone, so the container ends too */
        f->channel = -1;
        f->status = 128 + SIGKILL;
    } else if (m.kind == RUN_SIGNAL && f->container) {
        kill(f->container, m.value);
    } else if (m.kind == RUN_SIGNAL && f->n_pending < PENDING_MAX) {
        f->pending[f->n_pending++] = m.value;
    }
}

/* ---- run */

/* Raise limits before a container of root enters its user namespace, in which nobody can raise them. The
 * runtime reports those that cannot be raised here. */
static void raise_limits(const struct bundle_wish *w)
{
    for (size_t i = 0; i < w->n_rlimits; i++) {
        __rlimit_resource_t resource = (__rlimit_resource_t)ulimit_resource(&w->rlimits[i]);
        struct rlimit now;

        if (getrlimit(resource, &now) == 0 && w->rlimits[i].hard > now.rlim_max) {
            now.rlim_max = w->rlimits[i].hard;
            (void)setrlimit(resource, &now);
        }
    }
}

/* Mount the /proc of the pid namespace before anything looks up a pid there. */
static int enter(struct init *f)
{
    sigset_t child;
    int r;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || unshare(CLONE_NEWNS) < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
        cli_failf("/proc of the container's pid namespace: %s", strerror(errno));
        return -1;
    }
    r = run_pids_limit_numbers(f->pids);
    if (r < 0) {
        cli_failf("limit of processes: /proc/sys/kernel/pid_max of the container's pid namespace: %s",
                  strerror(-r));
        return -1;
    }
    raise_limits(&f->run->options->wish);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    f->children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    f->runtime = f->children < 0 ? -1 : start_runtime(f);
    if (f->runtime < 0)
        cli_failf("%s: %s", f->run->runtime.path, strerror(errno));
    run_ends_close(f->ends); /* only the container keeps them open */
    return f->runtime < 0 ? -1 : 0;
}

int run_init(const struct container_run *run, const char *dir, int console, int channel,
             struct run_ends *ends, const struct run_pids *pids)
{
    struct init f = {
        .run = run, .pids = pids, .ends = ends, .channel = channel, .console = console, .status = -1};

    runtime_paths_in(dir, run->runtime.is_crun, &f.paths);
    if (enter(&f) < 0)
        return STATUS_RUN_FAILED;
    while (f.status < 0) {
        struct pollfd fds[] = {{f.channel, POLLIN, 0}, {f.children, POLLIN, 0}, {f.console, POLLIN, 0}};
        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            return STATUS_RUN_FAILED;
        if (fds[2].revents)
            take_terminal(&f);
        if (fds[1].revents)
            reap(&f);
        if (fds[0].revents && f.status < 0)
            take_message(&f);
    }
    forget(&f);
    return f.status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a container's life that is outside: see container_run.h. */
#include "cli/container_run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/run_channel.h"
#include "cli/run_inside.h"
#include "cli/run_terminal.h"
#include "cli/signal_name.h"
#include "os/cleanup.h"

/* So many times it is asked to stop; then it is ended. */
#define PATIENCE 3

struct outside {
    const struct container_run *run;
    int channel, signals, keeper; /* descriptors; the channel -1 once it is of no use */
    pid_t pid;
    int stop_signal; /* that SIGTERM becomes */
    int asked;       /* how often it was asked to stop */
    struct run_terminal terminal;
};

/* ---- ids */

/* Where a container of this user's is to be. */
static void choose_place(struct run_place *ret)
{
    char link[64];
    ssize_t n = readlink("/proc/self/ns/user", link, sizeof link - 1);
    /* The first user namespace has the same number on every Linux (include/linux/proc_ns.h). */
    bool initial = n > 0 && strncmp(link, "user:[4026531837]", (size_t)n) == 0;

    *ret = (struct run_place){.in_space = !initial};
    if (geteuid() == 0) {
        ret->space = SPACE_HERE;
        ret->single = id_ranges_here_single();
        return;
    }
    ret->in_space = true;
    id_ranges_find(&ret->ranges);
    ret->single = id_ranges_single(&ret->ranges);
    ret->space = ret->single ? SPACE_ONE : SPACE_RANGES;
}

/* ---- signals */

/* What is ignored stays ignored, as nohup(1) wants it. */
static void add_signal(sigset_t *set, int n)
{
    struct sigaction now;

    if (sigaction(n, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaddset(set, n);
}

static void catch_signals(sigset_t *ret_old, sigset_t *ret)
{
    static const int passed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};

    sigemptyset(ret);
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        add_signal(ret, passed[i]);
    sigprocmask(SIG_BLOCK, ret, ret_old);
}

static void pass_signal(struct outside *o)
{
    struct signalfd_siginfo info;

    if (read(o->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    int n = (int)info.ssi_signo;
    if (n == SIGWINCH) {
        run_terminal_resize(&o->terminal);
        return;
    }
    if ((n == SIGTERM || n == SIGINT) && ++o->asked >= PATIENCE)
        n = SIGKILL;
    else if (n == SIGTERM)
        n = o->stop_signal;
    if (o->channel >= 0)
        run_channel_send(o->channel, RUN_SIGNAL, n, -1);
}

/* ---- messages */

static void end_channel(struct outside *o)
{
    if (o->channel >= 0)
        close(o->channel);
    o->channel = -1;
}

static void take_message(struct outside *o, const struct run_place *place)
{
    struct run_message m = {0};
    struct err err = {""};
    int fd;

    if (run_channel_receive(o->channel, &m, &fd) <= 0) {
        end_channel(o);
    } else if (m.kind == RUN_TERMINAL && fd >= 0) {
        run_terminal_begin(&o->terminal, fd, o->run->options->interactive);
    } else if (m.kind == RUN_IDS_WANTED) {
        if (id_ranges_give(&place->ranges, o->pid, &err) == 0) {
            run_channel_send(o->channel, RUN_IDS_GIVEN, 0, -1);
        } else {
            cli_fail(&err);
            end_channel(o); /* the keeper gives up */
        }
    }
}

/* ---- all of it */

/* Until the keeper has ended. */
static int watch(struct outside *o, const struct run_place *place)
{
    int status;

    for (;;) {
        struct run_terminal *t = &o->terminal;
        struct pollfd fds[] = {
            {o->keeper, POLLIN, 0},
            {o->signals, POLLIN, 0},
            {o->channel, POLLIN, 0},
            {run_terminal_input_events(t) ? STDIN_FILENO : -1, run_terminal_input_events(t), 0},
            {t->master, run_terminal_master_events(t), 0},
        };
        if (poll(fds, sizeof fds / sizeof *fds, -1) < 0 && errno != EINTR)
            return cli_failf("poll: %s", strerror(errno)), STATUS_RUN_FAILED;
        if (fds[1].revents)
            pass_signal(o);
        if (fds[2].revents)
            take_message(o, place);
        if (fds[3].revents)
            run_terminal_input_ready(t);
        if (fds[4].revents)
            run_terminal_master_ready(t, fds[4].revents);
        if (fds[0].revents)
            break;
    }
    if (waitpid(o->pid, &status, 0) < 0)
        return STATUS_RUN_FAILED;
    run_terminal_end(&o->terminal);
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    cli_failf("the process that kept the container was ended by signal %d (%s)", WTERMSIG(status),
              strsignal(WTERMSIG(status)));
    return STATUS_RUN_FAILED;
}

static pid_t start_keeper(const struct container_run *run, const struct run_place *place, const int ends[2],
                          const sigset_t *mask)
{
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        close(ends[0]);
        sigprocmask(SIG_SETMASK, mask, NULL);
        _exit(run_keeper(run, place, ends[1]));
    }
    close(ends[1]);
    return pid;
}

int container_run(const struct container_run *run)
{
    const char *stop = run->image->config.stop_signal;
    struct outside o = {.run = run, .terminal = RUN_TERMINAL_NONE};
    struct run_place place;
    sigset_t before, caught;
    int ends[2];

    choose_place(&place);
    o.stop_signal = stop ? signal_number(stop) : SIGTERM;
    if (o.stop_signal == 0)
        return cli_failf("the image says StopSignal \"%s\", which is no signal", stop), STATUS_RUN_FAILED;
    if (run_channel_make(ends) < 0)
        return cli_failf("socket: %s", strerror(errno)), STATUS_RUN_FAILED;
    catch_signals(&before, &caught);
    o.channel = ends[0];
    o.signals = signalfd(-1, &caught, SFD_CLOEXEC);
    o.pid = start_keeper(run, &place, ends, &before);
    o.keeper = o.pid > 0 ? (int)syscall(SYS_pidfd_open, o.pid, 0) : -1;
    int status = STATUS_RUN_FAILED;
    if (o.signals >= 0 && o.keeper >= 0)
        status = watch(&o, &place);
    else
        cli_failf("the container's processes cannot be started: %s", strerror(errno));
    end_channel(&o);
    if (o.signals >= 0)
        close(o.signals);
    if (o.keeper >= 0)
        close(o.keeper);
    return status; /* with signals still held back: one that comes now is not to hide the status */
}

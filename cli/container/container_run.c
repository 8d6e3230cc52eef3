/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side of a container run; see container_run.h. */
#include "container/container_run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/run_channel.h"
#include "container/run_inside.h"
#include "container/run_monitor.h"
#include "container/run_streams.h"
#include "container/signal_name.h"
#include "os/cleanup.h"
#include "os/user_ns.h"

/* A second request to stop kills the container; mica then waits only this long for the clean-up. */
#define END_WAIT_MS 5000

struct outside {
    const struct container_run *run;
    int channel, signals, monitor; /* descriptors; `channel` is -1 once it is closed */
    pid_t pid;
    int stop_signal; /* sent to the container in place of SIGTERM */
    int asked;       /* number of requests to stop */
    struct run_streams streams;
};

/* ---- ids */

/* Choose the namespaces for a container of this user. */
static void choose_place(struct run_place *ret)
{
    *ret = (struct run_place){.in_space = user_ns_is_initial() <= 0};
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

/* Ignored signals stay ignored, as under nohup(1). */
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
        run_streams_resize(&o->streams);
        return;
    }
    if ((n == SIGTERM || n == SIGINT) && ++o->asked > 1)
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

static void note_failed(int r)
{
    if (r < 0)
        cli_failf("a stream of the container: %s", strerror(-r));
}

static void take_message(struct outside *o, const struct run_place *place)
{
    struct run_message m = {0};
    struct err err = {""};
    int fd;

    if (run_channel_receive(o->channel, &m, &fd) <= 0) {
        end_channel(o);
    } else if (m.kind == RUN_TERMINAL && fd >= 0) {
        note_failed(run_streams_terminal(&o->streams, fd));
    } else if (m.kind == RUN_STARTED) {
        note_failed(run_streams_started(&o->streams));
    } else if (m.kind == RUN_IDS_WANTED) {
        if (id_ranges_give(&place->ranges, o->pid, &err) == 0) {
            run_channel_send(o->channel, RUN_IDS_GIVEN, 0, -1);
        } else {
            cli_fail(&err);
            end_channel(o); /* makes the monitor give up */
        }
    }
}

/* ---- run */

/* Has the user asked to stop so often that mica waits for nothing more? */
static bool in_a_hurry(const struct outside *o)
{
    return o->asked > 1;
}

/* Serve signals and messages until the monitor ends or the user refuses to wait for it. */
static void watch(struct outside *o, const struct run_place *place)
{
    for (;;) {
        struct pollfd fds[] = {
            {o->monitor, POLLIN, 0},
            {o->signals, POLLIN, 0},
            {o->channel, POLLIN, 0},
            {o->streams.ended, POLLIN, 0},
        };
        int n = poll(fds, sizeof fds / sizeof *fds, in_a_hurry(o) ? END_WAIT_MS : -1);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            cli_failf("the container's processes do not end; they are killed");
            kill(o->pid, SIGKILL); /* the kernel then ends its dependants */
            return;
        }
        if (n < 0)
            continue;
        if (fds[1].revents)
            pass_signal(o);
        if (fds[2].revents)
            take_message(o, place);
        if (fds[3].revents)
            run_streams_look(&o->streams);
        if (fds[0].revents)
            return;
    }
}

/* Read messages that were still in the channel when the monitor ended. */
static void take_last_messages(struct outside *o, const struct run_place *place)
{
    struct pollfd fd = {o->channel, POLLIN, 0};

    while (o->channel >= 0 && poll(&fd, 1, 0) > 0)
        take_message(o, place);
}

/* Wait until all output is written, unless the user has asked mica to stop. */
static void drain(struct outside *o)
{
    run_streams_finish(&o->streams);
    while (!run_streams_are_done(&o->streams) && !in_a_hurry(o)) {
        struct pollfd fds[] = {{o->streams.ended, POLLIN, 0}, {o->signals, POLLIN, 0}};
        struct signalfd_siginfo info;

        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return;
        run_streams_look(&o->streams);
        if (fds[1].revents && read(o->signals, &info, sizeof info) == (ssize_t)sizeof info &&
            info.ssi_signo != SIGWINCH)
            return;
    }
}

static int monitor_status(const struct outside *o)
{
    int status;

    if (waitpid(o->pid, &status, 0) < 0)
        return STATUS_RUN_FAILED;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (in_a_hurry(o) && WTERMSIG(status) == SIGKILL)
        return 128 + SIGKILL;
    cli_failf("the process that kept the container was ended by signal %d (%s)", WTERMSIG(status),
              strsignal(WTERMSIG(status)));
    return STATUS_RUN_FAILED;
}

static pid_t start_monitor(struct outside *o, const struct run_place *place, const int ends[2],
                           struct run_ends *far, const sigset_t *mask)
{
    fflush(NULL);
    pid_t pid = fork();

    if (pid == 0) {
        close(ends[0]);
        run_ends_close(&o->streams.near);
        sigprocmask(SIG_SETMASK, mask, NULL);
        _exit(run_monitor(o->run, place, ends[1], far));
    }
    close(ends[1]);
    run_ends_close(far);
    return pid;
}

/* Run the monitor from start to end. */
static int keep(struct outside *o, const int ends[2], const sigset_t *before)
{
    const struct container_options *options = o->run->options;
    struct run_place place;
    struct run_ends far;

    choose_place(&place);
    int r = run_streams_open(&o->streams, options->wish.tty, options->interactive, &far);
    if (r < 0)
        return cli_failf("pipe: %s", strerror(-r)), STATUS_RUN_FAILED;
    o->pid = start_monitor(o, &place, ends, &far, before);
    o->monitor = o->pid > 0 ? (int)syscall(SYS_pidfd_open, o->pid, 0) : -1;
    if (o->monitor < 0 || o->signals < 0)
        return cli_failf("the container's processes cannot be started: %s", strerror(errno)),
               STATUS_RUN_FAILED;
    r = run_streams_begin(&o->streams);
    note_failed(r);
    if (r < 0)
        end_channel(o); /* makes the monitor give up */
    watch(o, &place);
    take_last_messages(o, &place);
    int status = monitor_status(o);
    drain(o);
    return status;
}

int container_run(const struct container_run *run)
{
    const char *stop = run->image->config.stop_signal;
    struct outside o = {.run = run, .monitor = -1};
    sigset_t before, caught;
    int ends[2];

    o.stop_signal = stop ? signal_number(stop) : SIGTERM;
    if (o.stop_signal == 0)
        return cli_failf("the image says StopSignal \"%s\", which is no signal", stop), STATUS_RUN_FAILED;
    if (run_channel_make(ends) < 0)
        return cli_failf("socket: %s", strerror(errno)), STATUS_RUN_FAILED;
    catch_signals(&before, &caught);
    o.channel = ends[0];
    o.signals = signalfd(-1, &caught, SFD_CLOEXEC);
    int status = keep(&o, ends, &before);
    end_channel(&o);
    if (run_streams_close(&o.streams) < 0)
        status = STATUS_RUN_FAILED;
    if (o.signals >= 0)
        close(o.signals);
    if (o.monitor >= 0)
        close(o.monitor);
    return status; /* signals stay blocked, so that a late signal does not replace the status */
}

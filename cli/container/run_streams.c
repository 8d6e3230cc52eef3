/* SPDX-License-Identifier: Apache-2.0 */
#include "container/run_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command/verb.h"

/* ---- descriptors */

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int take(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

void run_ends_close(struct run_ends *e)
{
    close_end(&e->in);
    close_end(&e->out);
    close_end(&e->err);
    close_end(&e->notes);
}

static int make_pipe(int *ret_read, int *ret_write)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    *ret_read = ends[0];
    *ret_write = ends[1];
    return 0;
}

/* Are standard output and standard error one open file, as `2>&1` makes them? */
static bool have_one_output(void)
{
    pid_t pid = getpid();

    return syscall(SYS_kcmp, pid, pid, KCMP_FILE, STDOUT_FILENO, STDERR_FILENO) == 0;
}

int run_streams_open(struct run_streams *s, bool tty, bool interactive, struct run_ends *ret_far)
{
    *ret_far = (struct run_ends)RUN_ENDS_NONE;
    *s = (struct run_streams){
        .tty = tty,
        .interactive = interactive,
        .one_output = have_one_output(),
        .near = RUN_ENDS_NONE,
        .in = RUN_PUMP_NONE,
        .out = RUN_PUMP_NONE,
        .err = RUN_PUMP_NONE,
        .notes = RUN_PUMP_NONE,
        .master = -1,
    };
    s->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int r = s->ended < 0 ? -errno : make_pipe(&s->near.notes, &ret_far->notes);
    if (r == 0 && !tty && interactive)
        r = make_pipe(&ret_far->in, &s->near.in);
    if (r == 0 && !tty)
        r = make_pipe(&s->near.out, &ret_far->out);
    if (r == 0 && !tty && !s->one_output)
        r = make_pipe(&s->near.err, &ret_far->err);
    if (r == 0 && !tty && s->one_output) {
        ret_far->err = fcntl(ret_far->out, F_DUPFD_CLOEXEC, 0);
        r = ret_far->err < 0 ? -errno : 0;
    }
    return r;
}

/* ---- copy */

int run_streams_begin(struct run_streams *s)
{
    return run_pump_start(&s->notes, PUMP_OUT, take(&s->near.notes), STDERR_FILENO, s->ended);
}

int run_streams_started(struct run_streams *s)
{
    int r = 0;

    if (s->near.out >= 0)
        r = run_pump_start(&s->out, PUMP_OUT, take(&s->near.out), STDOUT_FILENO, s->ended);
    if (r == 0 && s->near.err >= 0)
        r = run_pump_start(&s->err, PUMP_OUT, take(&s->near.err), STDERR_FILENO, s->ended);
    if (r == 0 && s->near.in >= 0)
        r = run_pump_start(&s->in, PUMP_IN, STDIN_FILENO, take(&s->near.in), s->ended);
    return r;
}

/* Any standard stream can be the terminal. */
static int our_terminal(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (isatty(fd))
            return fd;
    return -1;
}

void run_streams_resize(const struct run_streams *s)
{
    struct winsize size;

    if (s->master >= 0 && ioctl(our_terminal(), TIOCGWINSZ, &size) == 0)
        ioctl(s->master, TIOCSWINSZ, &size);
}

static void make_raw(struct run_streams *s)
{
    struct termios raw;

    if (!s->interactive || tcgetattr(STDIN_FILENO, &s->before) < 0)
        return;
    raw = s->before;
    cfmakeraw(&raw);
    s->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

int run_streams_terminal(struct run_streams *s, int master)
{
    int r = 0;

    close_end(&s->master);
    s->master = master;
    run_streams_resize(s);
    make_raw(s);
    int shown = fcntl(master, F_DUPFD_CLOEXEC, 0);
    r = shown < 0 ? -errno : run_pump_start(&s->out, PUMP_SHOWN, shown, STDOUT_FILENO, s->ended);
    if (r == 0 && s->interactive) {
        int typed = fcntl(master, F_DUPFD_CLOEXEC, 0);
        r = typed < 0 ? -errno : run_pump_start(&s->in, PUMP_TYPED, STDIN_FILENO, typed, s->ended);
    }
    return r;
}

void run_streams_look(struct run_streams *s)
{
    eventfd_t n;

    (void)eventfd_read(s->ended, &n);
    if (s->master >= 0 && run_pump_is_done(&s->out)) {
        run_pump_end(&s->in);
        close_end(&s->master);
    }
}

/* ---- end */

void run_streams_finish(struct run_streams *s)
{
    run_pump_end(&s->in);
    run_pump_finish(&s->out);
    run_pump_finish(&s->err);
    run_pump_finish(&s->notes);
}

bool run_streams_are_done(const struct run_streams *s)
{
    return run_pump_is_done(&s->out) && run_pump_is_done(&s->err) && run_pump_is_done(&s->notes);
}

/* End a pump and report its error. */
static int end_pump(struct run_pump *p, const char *name)
{
    int error = run_pump_end(p);

    if (error == 0 || (error == EPIPE && !p->read_failed))
        return 0;
    cli_failf("%s: %s", name, strerror(error));
    return -error;
}

int run_streams_close(struct run_streams *s)
{
    int in = end_pump(&s->in, "standard input");
    int out = end_pump(&s->out, "standard output"), err = end_pump(&s->err, "standard error");

    run_pump_end(&s->notes);
    run_ends_close(&s->near);
    close_end(&s->master);
    close_end(&s->ended);
    if (s->raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &s->before);
    s->raw = false;
    return in < 0 ? in : out < 0 ? out : err;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "os/fd.h"

/* For output of a container that is gone: it is all in the kernel by then. */
#define LAST_WAIT_MS 1000

#define END_OF_FILE 4 /* what a terminal takes for it: ^D */

/* Standard streams, of which any may be the terminal. */
static int our_terminal(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (isatty(fd))
            return fd;
    return -1;
}

void run_terminal_resize(const struct run_terminal *t)
{
    struct winsize size;

    if (t->master >= 0 && ioctl(our_terminal(), TIOCGWINSZ, &size) == 0)
        ioctl(t->master, TIOCSWINSZ, &size);
}

void run_terminal_begin(struct run_terminal *t, int master, bool interactive)
{
    struct termios raw;

    t->master = master;
    t->takes_input = interactive;
    fcntl(master, F_SETFL, O_NONBLOCK);
    run_terminal_resize(t);
    if (!interactive || tcgetattr(STDIN_FILENO, &t->before) < 0)
        return;
    raw = t->before;
    cfmakeraw(&raw);
    t->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

/* Nothing more is read than the container takes. */
short run_terminal_input_events(const struct run_terminal *t)
{
    return t->master >= 0 && t->takes_input && t->from == t->to ? POLLIN : 0;
}

short run_terminal_master_events(const struct run_terminal *t)
{
    return (short)(POLLIN | (t->from < t->to ? POLLOUT : 0));
}

void run_terminal_input_ready(struct run_terminal *t)
{
    ssize_t n = read(STDIN_FILENO, t->input, sizeof t->input);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    t->from = 0;
    t->to = n > 0 ? (size_t)n : 1;
    if (n <= 0) {
        t->input[0] = END_OF_FILE;
        t->takes_input = false;
    }
}

static void write_some(struct run_terminal *t)
{
    ssize_t n = write(t->master, t->input + t->from, t->to - t->from);

    if (n > 0)
        t->from += (size_t)n;
}

/* False when there is nothing more, now or ever. */
static bool read_some(struct run_terminal *t)
{
    char data[8192];
    ssize_t n = read(t->master, data, sizeof data);

    if (n > 0)
        return fd_write(STDOUT_FILENO, data, (size_t)n) == 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    close(t->master); /* EIO: nobody has the other end open */
    t->master = -1;
    return false;
}

void run_terminal_master_ready(struct run_terminal *t, short events)
{
    if (events & POLLOUT)
        write_some(t);
    if (events & (POLLIN | POLLHUP | POLLERR))
        read_some(t);
}

void run_terminal_end(struct run_terminal *t)
{
    struct pollfd fd = {t->master, POLLIN, 0};

    while (t->master >= 0 && poll(&fd, 1, LAST_WAIT_MS) > 0 &&
           (read_some(t) || t->master < 0 || errno == EINTR))
        ;
    if (t->master >= 0)
        close(t->master);
    t->master = -1;
    if (t->raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &t->before);
    t->raw = false;
}

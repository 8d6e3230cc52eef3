/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/terminal.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <term.h>
#include <unistd.h>

#include "os/buf.h"
#include "screen/crash.h"

static const int handled[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};

#define MOUSE_OFF "\033[?1000l\033[?1002l\033[?1003l\033[?1006l"

static void fill_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
        sigaddset(set, handled[i]);
}

int terminal_check(struct err *err)
{
    const char *term = getenv("TERM");

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, ENOTTY,
                       "explore shows a screen, and standard input and output are no terminal: "
                       "mica layers, tree, which and diff print");
    if (!term || !*term || strcmp(term, "dumb") == 0)
        return err_set(err, ENOTTY,
                       "explore shows a screen, and the terminal (TERM=%s) has none: "
                       "mica layers, tree, which and diff print",
                       term ? term : "");
    return 0;
}

/* A string of terminfo without its delays ("$<5>"). */
static int add_string(struct buf *b, const char *name)
{
    char copy[32];

    snprintf(copy, sizeof copy, "%s", name);
    const char *text = tigetstr(copy);
    if (!text || text == (const char *)-1)
        return 0;
    for (; *text; text++) {
        const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;

        if (end)
            text = end;
        else if (buf_append(b, text, 1) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int arm(const struct termios *before)
{
    static const char *const ends[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};
    cleanup_buf struct buf b = BUF_INIT;
    int r = buf_append(&b, MOUSE_OFF, strlen(MOUSE_OFF));

    for (size_t i = 0; r == 0 && i < sizeof ends / sizeof *ends; i++)
        r = add_string(&b, ends[i]);
    if (r == 0 && buf_str(&b))
        crash_arm(before, b.data);
    return r;
}

static bool wants_colours(void)
{
    const char *no = getenv("NO_COLOR");

    return has_colors() && !(no && *no);
}

static void set_modes(void)
{
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    mouseinterval(0);
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

int terminal_open(struct terminal *t, struct err *err)
{
    struct termios before;
    sigset_t set;

    *t = (struct terminal){.signals = -1};
    setlocale(LC_CTYPE, ""); /* numbers stay as they are */
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return err_errno(err, errno, "the terminal");
    fill_set(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (t->signals < 0)
        return err_errno(err, errno, "signalfd");
    t->screen = newterm(NULL, stdout, stdin);
    if (!t->screen)
        return err_set(err, ENOTTY,
                       "terminfo knows no terminal \"%s\" (TERM): package ncurses-term has more of them",
                       getenv("TERM"));
    if (arm(&before) < 0) {
        terminal_close(t);
        return err_set(err, ENOMEM, "out of memory");
    }
    set_modes();
    t->colours = wants_colours() && start_color() == OK;
    if (t->colours)
        use_default_colors();
    return 0;
}

void terminal_close(struct terminal *t)
{
    if (t->screen) {
        endwin();
        crash_disarm();
        delscreen(t->screen);
        t->screen = NULL;
    }
    if (t->signals >= 0)
        close(t->signals);
    t->signals = -1;
}

void terminal_die(const struct terminal *t)
{
    sigset_t set;

    if (!t->ended_by)
        return;
    fflush(stdout);
    signal(t->ended_by, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, t->ended_by);
    raise(t->ended_by);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void terminal_lend(const struct terminal *t)
{
    (void)t;
    def_prog_mode();
    endwin();
}

static void fit(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
}

void terminal_take_back(const struct terminal *t)
{
    (void)t;
    reset_prog_mode();
    fit();
    clearok(stdscr, TRUE);
    refresh();
}

/* Stops the process, as Ctrl-Z asks for, until it is continued. */
static void stop(const struct terminal *t)
{
    struct sigaction sa = {.sa_handler = SIG_DFL}, before;
    sigset_t set;

    terminal_lend(t);
    sigaction(SIGTSTP, &sa, &before);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* stops here */
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGTSTP, &before, NULL);
    terminal_take_back(t);
}

unsigned terminal_signals(struct terminal *t)
{
    struct signalfd_siginfo info;
    unsigned events = 0;

    while (read(t->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTSTP) {
            stop(t);
            events |= TERMINAL_REDRAW;
        } else if (info.ssi_signo == SIGCONT) {
            terminal_take_back(t);
            events |= TERMINAL_REDRAW;
        } else if (info.ssi_signo == SIGWINCH) {
            fit();
            events |= TERMINAL_REDRAW;
        } else {
            t->ended_by = (int)info.ssi_signo;
            events |= TERMINAL_END;
        }
    }
    return events;
}

void terminal_forget_keys(struct terminal *t)
{
    struct signalfd_siginfo info;

    while (read(t->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP)
            t->ended_by = (int)info.ssi_signo;
    }
}

unsigned terminal_wait(struct terminal *t, int other)
{
    struct pollfd fds[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = t->signals, .events = POLLIN},
        {.fd = other, .events = POLLIN},
    };
    unsigned events = 0;

    while (poll(fds, sizeof fds / sizeof *fds, -1) < 0) {
        if (errno != EINTR)
            return TERMINAL_END;
    }
    if (fds[1].revents)
        events |= terminal_signals(t);
    if (fds[0].revents & POLLIN)
        events |= TERMINAL_INPUT;
    else if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        events |= TERMINAL_END;
    if (fds[2].revents)
        events |= TERMINAL_OTHER;
    return events;
}

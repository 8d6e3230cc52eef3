/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "os/fd.h"
#include "show/text.h"

enum {
    PIECE = 64 * 1024,
    NO_PROGRAM = 127, /* the shell's status */
};

/* The content on its way. */
struct feed {
    int content;
    uint64_t offset, left;
    int pipe; /* -1: all is written, or nobody reads */
    char *piece;
    size_t kept;    /* bytes of an unfinished character at the beginning of `piece` */
    struct buf out; /* inert */
    size_t written; /* of it */
};

static void end_feed(struct feed *f)
{
    if (f->pipe >= 0)
        close(f->pipe);
    f->pipe = -1;
}

/* The bytes at the end that may be the beginning of a character. */
static size_t unfinished(const char *s, size_t len)
{
    uint32_t c;

    for (size_t n = 1; n <= 3 && n <= len; n++) {
        unsigned char first = (unsigned char)s[len - n];

        if ((first & 0xc0) == 0x80)
            continue;
        return first >= 0xc0 && utf8_decode(s + len - n, n, &c) == 0 ? n : 0;
    }
    return 0;
}

static int read_more(struct feed *f)
{
    size_t want = f->left < PIECE ? (size_t)f->left : PIECE;
    ssize_t n = fd_pread(f->content, f->piece + f->kept, want, f->offset);

    if (n <= 0)
        return n < 0 ? (int)n : -EUCLEAN;
    f->offset += (uint64_t)n;
    f->left -= (uint64_t)n;
    size_t len = f->kept + (size_t)n, keep = f->left ? unfinished(f->piece, len) : 0;
    f->out.len = f->written = 0;
    int r = text_escape(&f->out, f->piece, len - keep, TEXT_LINES);
    memmove(f->piece, f->piece + len - keep, keep);
    f->kept = keep;
    return r;
}

/* Writes what the pipe takes. */
static int feed(struct feed *f)
{
    int r = 0;

    while (r == 0 && f->pipe >= 0) {
        if (f->written == f->out.len) {
            if (!f->left)
                end_feed(f);
            else
                r = read_more(f);
            continue;
        }
        ssize_t n = write(f->pipe, f->out.data + f->written, f->out.len - f->written);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0 && errno != EINTR) { /* the pager needs no more */
            r = errno == EPIPE ? 0 : -errno;
            end_feed(f);
        }
        f->written += n > 0 ? (size_t)n : 0;
    }
    if (r < 0)
        end_feed(f);
    return r;
}

/* Signals meanwhile: those of keys are the pager's. */
static void take_signals(struct terminal *t, pid_t pid)
{
    struct signalfd_siginfo info;

    while (read(t->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGTSTP) { /* the pager stops by itself */
            raise(SIGSTOP);
        } else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP) {
            t->ended_by = (int)info.ssi_signo;
            kill(pid, (int)info.ssi_signo);
        }
    }
}

/* Feeds the pager until it ends. Returns its status as waitpid(2) gives it. */
static int attend(struct terminal *t, struct feed *f, pid_t pid, int pidfd, int *ret_status)
{
    int r = 0;

    for (;;) {
        struct pollfd fds[] = {
            {.fd = pidfd, .events = POLLIN},
            {.fd = t->signals, .events = POLLIN},
            {.fd = f->pipe, .events = POLLOUT},
        };

        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            return -errno;
        if (fds[1].revents)
            take_signals(t, pid);
        if (fds[2].revents && r == 0)
            r = feed(f);
        if (fds[0].revents)
            break;
    }
    while (waitpid(pid, ret_status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return r;
}

static int spawn(const char *command, int input, pid_t *ret)
{
    char *const words[] = {(char[]){"sh"}, (char[]){"-c"}, strdup(command), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, all;
    int r;

    if (!words[2])
        return -ENOMEM;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    r = -posix_spawn(ret, "/bin/sh", &actions, &attr, words, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    free(words[2]);
    return r;
}

/* One pager. */
static int show_in(struct terminal *t, const char *command, struct feed *f, int *ret_status)
{
    int ends[2];
    pid_t pid;
    int r;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    f->pipe = ends[1];
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    r = spawn(command, ends[0], &pid);
    close(ends[0]);
    if (r < 0)
        return r;
    cleanup_fd int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0) {
        r = -errno;
        end_feed(f);
        while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
            ;
        return r;
    }
    return attend(t, f, pid, pidfd, ret_status);
}

int pager_show(struct terminal *t, int fd, uint64_t at, const struct index_inode *in, struct err *err)
{
    const char *own = getenv("PAGER"),
               *pagers[] = {own && *own ? own : "less", own && *own ? NULL : "more", NULL};
    cleanup_free char *piece = malloc(PIECE + 4);
    struct feed f = {.content = fd, .pipe = -1, .piece = piece};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    int r = piece ? 0 : -ENOMEM, status = 0;

    setenv("LESSSECURE", "1", 1);
    sigaction(SIGPIPE, &ignore, &before);
    terminal_lend(t);
    for (const char **pager = pagers; r == 0 && *pager; pager++) {
        f.offset = at;
        f.left = in->size;
        f.kept = f.out.len = f.written = 0;
        r = show_in(t, *pager, &f, &status);
        end_feed(&f);
        if (r < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != NO_PROGRAM)
            break;
    }
    terminal_forget_keys(t);
    terminal_take_back(t);
    sigaction(SIGPIPE, &before, NULL);
    buf_free(&f.out);
    if (r < 0)
        return r == -EUCLEAN ? err_set(err, EUCLEAN, "the layer's content is damaged: mica verify tells more")
                             : err_errno(err, -r, "cannot show the file");
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_PROGRAM)
        return err_set(err, ENOENT, "there is no pager \"%s\": set PAGER, or install less", *pagers);
    return 0;
}

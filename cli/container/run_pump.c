/* SPDX-License-Identifier: Apache-2.0 */
#include "container/run_pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define STACK (64u << 10)

/* Output of a terminal reaches its other end with a delay. */
#define LAST_WAIT_MS 1000
#define LAST_SHOWN   (1 << 20) /* a process that writes more is not the container */

#define END_OF_FILE 4 /* ^D, the terminal's end-of-file character */

static bool is_output(const struct run_pump *p)
{
    return p->kind == PUMP_OUT || p->kind == PUMP_SHOWN;
}

static int *ours(struct run_pump *p)
{
    return is_output(p) ? &p->from : &p->to;
}

static bool try_again(int error)
{
    return error == EAGAIN || error == EINTR;
}

/* 0, or an errno. */
static int write_all(int fd, const char *data, size_t len)
{
    struct pollfd ready = {fd, POLLOUT, 0};

    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EAGAIN)
            poll(&ready, 1, -1);
        else if (n < 0 && errno != EINTR)
            return errno;
        else if (n > 0)
            data += n, len -= (size_t)n;
    }
    return 0;
}

/* Number of bytes still to copy after the last relevant writer has ended. */
static long rest(const struct run_pump *p)
{
    int n = 0;

    if (p->kind == PUMP_SHOWN)
        return LAST_SHOWN;
    return ioctl(p->from, FIONREAD, &n) == 0 ? n : 0;
}

/* Wait for input; false at its end. *left is the number of bytes still to come, -1: unlimited. */
static bool wait_for_input(const struct run_pump *p, long *left)
{
    struct pollfd fds[] = {
        {p->from, POLLIN, 0},
        {*left < 0 ? p->stop : -1, POLLIN, 0},
        {is_output(p) ? -1 : p->to, 0, 0}, /* POLLERR when the reader is gone */
    };
    int n = 0;

    if (*left == 0)
        return false;
    do
        n = poll(fds, 3, *left >= 0 ? LAST_WAIT_MS : -1);
    while (n < 0 && errno == EINTR);
    if (n <= 0 || fds[2].revents)
        return false;
    if (fds[1].revents)
        *left = rest(p);
    return *left != 0;
}

/* Copy until either side ends. 0, or an errno. */
static int copy(struct run_pump *p)
{
    long left = -1;

    while (wait_for_input(p, &left)) {
        size_t room = left >= 0 && left < (long)RUN_PUMP_BUFFER ? (size_t)left : RUN_PUMP_BUFFER;
        ssize_t n = read(p->from, p->data, room);

        if (n < 0 && try_again(errno))
            continue;
        if (n == 0 || (n < 0 && errno == EIO && p->kind != PUMP_IN)) /* other end of a terminal is closed */
            return 0;
        if (n < 0) {
            p->read_failed = true;
            return errno;
        }
        int error = write_all(p->to, p->data, (size_t)n);
        if (error)
            return error;
        if (left >= 0)
            left -= n;
    }
    return 0;
}

static void close_ours(struct run_pump *p)
{
    close(*ours(p));
    *ours(p) = -1;
}

static void *run(void *data)
{
    struct run_pump *p = data;
    const char end = END_OF_FILE;
    int state;

    p->error = copy(p);
    if (p->kind == PUMP_TYPED && !p->error)
        (void)write_all(p->to, &end, 1);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    close_ours(p);
    atomic_store(&p->done, true);
    (void)eventfd_write(p->ended, 1);
    return NULL;
}

/* Block all signals except those of job control, which the main thread handles: with these blocked, a
 * terminal answers EIO instead of stopping a background process. A write to a pipe without a reader is
 * EPIPE. */
static int start_thread(struct run_pump *p)
{
    pthread_attr_t attr;
    sigset_t set, old;

    if (pthread_attr_init(&attr) != 0)
        return -ENOMEM;
    pthread_attr_setstacksize(&attr, STACK);
    sigfillset(&set);
    sigdelset(&set, SIGTTIN);
    sigdelset(&set, SIGTTOU);
    pthread_sigmask(SIG_SETMASK, &set, &old);
    int r = -pthread_create(&p->thread, &attr, run, p);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return r;
}

int run_pump_start(struct run_pump *p, enum run_pump_kind kind, int from, int to, int ended)
{
    int r = -ENOMEM;

    *p = (struct run_pump){.kind = kind, .from = from, .to = to, .ended = ended, .stop = -1};
    p->data = malloc(RUN_PUMP_BUFFER);
    p->stop = eventfd(0, EFD_CLOEXEC);
    if (p->data && p->stop >= 0 && fcntl(*ours(p), F_SETFL, O_NONBLOCK) == 0)
        r = start_thread(p);
    p->started = r == 0;
    if (r < 0)
        run_pump_end(p);
    return r;
}

void run_pump_finish(struct run_pump *p)
{
    if (p->started)
        (void)eventfd_write(p->stop, 1);
}

bool run_pump_is_done(const struct run_pump *p)
{
    return !p->started || atomic_load(&p->done);
}

int run_pump_end(struct run_pump *p)
{
    if (p->started) {
        pthread_cancel(p->thread);
        pthread_join(p->thread, NULL);
    }
    p->started = false;
    if (*ours(p) >= 0)
        close_ours(p);
    if (p->stop >= 0)
        close(p->stop);
    p->stop = -1;
    free(p->data);
    p->data = NULL;
    return p->error;
}

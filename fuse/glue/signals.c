/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/signals.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

/* A handler gets no context: these two flags are the only state of the daemon that is not in a context. */
static volatile sig_atomic_t end_wanted, report_wanted;

static void on_signal(int signo)
{
    if (signo == SIGUSR1)
        report_wanted = 1;
    else if (signo != SIGALRM)
        end_wanted = 1;
    if (end_wanted || report_wanted)
        alarm(1);
}

int signals_install(void)
{
    static const int obeyed[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM};
    /* The failing call reports the same error: EPIPE, or EFBIG under an inherited limit of file sizes. */
    static const int ignored_ones[] = {SIGPIPE, SIGXFSZ};
    struct sigaction handled = {.sa_handler = on_signal}, ignored = {.sa_handler = SIG_IGN};
    sigset_t unblocked;

    sigemptyset(&handled.sa_mask);
    sigemptyset(&unblocked);
    for (size_t i = 0; i < sizeof obeyed / sizeof obeyed[0]; i++) {
        sigaddset(&unblocked, obeyed[i]);
        sigaddset(&handled.sa_mask, obeyed[i]);
    }
    for (size_t i = 0; i < sizeof obeyed / sizeof obeyed[0]; i++) {
        if (sigaction(obeyed[i], &handled, NULL) < 0)
            return -errno;
    }
    for (size_t i = 0; i < sizeof ignored_ones / sizeof ignored_ones[0]; i++) {
        if (sigaction(ignored_ones[i], &ignored, NULL) < 0)
            return -errno;
    }
    /* The starter may have blocked them. */
    return -pthread_sigmask(SIG_UNBLOCK, &unblocked, NULL);
}

bool signals_end_wanted(void)
{
    return end_wanted;
}

bool signals_report_wanted(void)
{
    if (!report_wanted)
        return false;
    report_wanted = 0;
    return true;
}

void signals_block(sigset_t *ret_old)
{
    sigset_t all;

    sigfillset(&all);
    /* Synchronous signals cannot be blocked: a handler of SIGBUS answers damaged mappings. */
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, ret_old);
}

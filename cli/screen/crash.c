/* SPDX-License-Identifier: Apache-2.0 */
#include "screen/crash.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
enum {
    FAULTS = sizeof faults / sizeof *faults,
};

/* Static, since a signal handler can rely on nothing else. */
static struct sigaction before_us[FAULTS];
static struct termios modes;
static char ending[512];
static size_t ending_len;
static atomic_bool armed;
static char stack[64 * 1024];

static void give_back(void)
{
    if (!atomic_exchange(&armed, false))
        return;
    if (write(STDOUT_FILENO, ending, ending_len) < 0) {
        /* Nobody can be told. */
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

/* Calls the handler that was there before: the guard of mapped indexes (tree/index.h) puts a fault right, or leaves the signal
 * with the default action. Returns whether the program can go on. */
static bool is_put_right(const struct sigaction *before, int sig, siginfo_t *info, void *context)
{
    struct sigaction now;

    if (!(before->sa_flags & SA_SIGINFO) || !before->sa_sigaction)
        return false;
    before->sa_sigaction(sig, info, context);
    return sigaction(sig, NULL, &now) == 0 && now.sa_flags & SA_SIGINFO;
}

static void handle(int sig, siginfo_t *info, void *context)
{
    int at = 0;

    while (at < FAULTS - 1 && faults[at] != sig)
        at++;
    if (sig != SIGBUS)
        give_back();
    if (is_put_right(&before_us[at], sig, info, context))
        return;
    give_back();
    signal(sig, SIG_DFL);
    raise(sig);
}

void crash_arm(const struct termios *before, const char *text)
{
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction sa = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    size_t len = strlen(text);

    modes = *before;
    ending_len = len < sizeof ending ? len : sizeof ending;
    memcpy(ending, text, ending_len);
    atomic_store(&armed, true);
    sigaltstack(&alternate, NULL);
    sa.sa_sigaction = handle;
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < FAULTS; i++)
        sigaction(faults[i], &sa, &before_us[i]);
}

void crash_disarm(void)
{
    if (!atomic_exchange(&armed, false))
        return;
    for (size_t i = 0; i < FAULTS; i++)
        sigaction(faults[i], &before_us[i], NULL);
}

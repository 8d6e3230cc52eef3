/* SPDX-License-Identifier: Apache-2.0 */
#include "act/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* Signal handlers reach their data only through file-scope variables. */
static atomic_bool interrupted;
static atomic_int signal_number;

static void on_signal(int sig)
{
    atomic_store(&signal_number, sig);
    atomic_store(&interrupted, true);
    alarm(1);
}

/* Repeat the alarm: a signal just before a blocking call does not interrupt it. */
static void on_alarm(int sig)
{
    (void)sig;
    alarm(1);
}

void interrupt_catch(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction again = {.sa_handler = on_alarm};

    sigaction(SIGALRM, &again, NULL);

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, old;
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

const atomic_bool *interrupt_flag(void)
{
    return &interrupted;
}

int interrupt_status(void)
{
    int sig = atomic_load(&signal_number);
    return sig ? 128 + sig : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "container/signal_name.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Parse a string of digits only; -1 for anything else. */
static int digits(const char *s)
{
    char *end;
    long n = *s >= '0' && *s <= '9' ? strtol(s, &end, 10) : -1;

    return n >= 0 && *end == '\0' && n < 1000 ? (int)n : -1;
}

int signal_number(const char *name)
{
    int n = digits(name);
    bool real_time;

    if (n >= 0)
        return n < _NSIG ? n : 0;
    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (int i = 1; i < _NSIG; i++) {
        const char *is = sigabbrev_np(i);
        if (is && strcasecmp(is, name) == 0)
            return i;
    }
    real_time = strncasecmp(name, "RTMIN", 5) == 0 && (name[5] == '+' || name[5] == '\0');
    n = real_time && name[5] ? digits(name + 6) : 0;
    return real_time && n >= 0 && SIGRTMIN + n <= SIGRTMAX ? SIGRTMIN + n : 0;
}

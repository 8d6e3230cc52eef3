/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal that mica was started on, and the container's: what is typed on one goes to the other, what is
 * printed comes back, and they are of the same size. */
#ifndef MICA_CLI_RUN_TERMINAL_H
#define MICA_CLI_RUN_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct run_terminal {
    int master;       /* the container's, -1: there is none (yet) */
    bool takes_input; /* from standard input */
    bool raw;         /* ours is in raw mode, `before` is how it was */
    struct termios before;
    char input[4096]; /* that the container has not taken yet */
    size_t from, to;
};

#define RUN_TERMINAL_NONE                                                                                    \
    {                                                                                                        \
        .master = -1                                                                                         \
    }

/* Takes over the container's terminal; ours goes into raw mode where it is one. */
void run_terminal_begin(struct run_terminal *t, int master, bool interactive);
void run_terminal_resize(const struct run_terminal *t);
/* What to wait for: events of standard input and of the master. */
short run_terminal_input_events(const struct run_terminal *t);
short run_terminal_master_events(const struct run_terminal *t);
void run_terminal_input_ready(struct run_terminal *t);
void run_terminal_master_ready(struct run_terminal *t, short events);
/* Prints what is still to come of a container that has ended, and gives our terminal its mode back. */
void run_terminal_end(struct run_terminal *t);

#endif

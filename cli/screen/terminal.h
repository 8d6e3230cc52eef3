/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal: opened and given back as it was, whatever ends the program but SIGKILL; signals as events; colours.
 * One at a time in a process.
 */
#ifndef MICA_SCREEN_TERMINAL_H
#define MICA_SCREEN_TERMINAL_H

#include <stdbool.h>

#include "os/err.h"

struct terminal {
    void *screen; /* ncurses's */
    int signals;  /* signalfd */
    bool colours;
    int ended_by; /* the signal that asked the program to end; 0: none */
};

/* Can there be a screen? -ENOTTY with a line that says why not. */
int terminal_check(struct err *err);

int terminal_open(struct terminal *t, struct err *err);
/* Gives the terminal back. */
void terminal_close(struct terminal *t);
/* After terminal_close: ends the process by the signal that asked for it, if one did. */
void terminal_die(const struct terminal *t);

/* For a while, to a program of another kind. */
void terminal_lend(const struct terminal *t);
void terminal_take_back(const struct terminal *t);
/* Discards the signals of keys that went to the program as well. */
void terminal_forget_keys(struct terminal *t);

enum terminal_event {
    TERMINAL_INPUT = 1,  /* a key, or the mouse */
    TERMINAL_OTHER = 2,  /* the other descriptor is readable */
    TERMINAL_REDRAW = 4, /* another size, or the program was stopped */
    TERMINAL_END = 8,    /* t->ended_by, or the terminal is gone */
};
/* Waits for events; `other`: a descriptor, or -1. Stops the process for Ctrl-Z. Returns a set. */
unsigned terminal_wait(struct terminal *t, int other);
/* Takes the signals that are there, without waiting. */
unsigned terminal_signals(struct terminal *t);

#endif

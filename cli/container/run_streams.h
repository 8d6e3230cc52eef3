/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standard streams of a container: pipes or a terminal of their own, and what copies them from and to
 * those of mica (run_pump.h).
 *
 *   in    a pipe with -i, without it /dev/null
 *   out   a pipe
 *   err   a pipe; the same as out where the caller has one file for both, so that their order stays
 *   notes a pipe for what mica's own processes have to say
 *
 * Until the container runs, the runtime has them: what it prints when it fails is told in other words by
 * notes, and is not copied.
 *
 * With -t the first three are the terminal's other end, which the runtime makes and which comes later. A
 * stream whose reader is gone is closed towards the container, too, which then gets SIGPIPE or EPIPE as in a
 * pipeline.
 */
#ifndef MICA_CONTAINER_RUN_STREAMS_H
#define MICA_CONTAINER_RUN_STREAMS_H

#include <stdbool.h>
#include <termios.h>

#include "container/run_pump.h"

/* The ends that go to the container's side; -1: there is none. */
struct run_ends {
    int in, out, err, notes;
};
#define RUN_ENDS_NONE                                                                                        \
    {                                                                                                        \
        -1, -1, -1, -1                                                                                       \
    }
void run_ends_close(struct run_ends *e);

struct run_streams {
    bool tty, interactive, one_output;
    struct run_ends near; /* our ends, before they are copied */
    int ended;            /* readable when one of the pumps has ended */
    struct run_pump in, out, err, notes;
    int master; /* of the container's terminal, -1: there is none (yet) */
    bool raw;   /* ours is in raw mode, `before` is how it was */
    struct termios before;
};

/* Makes the pipes. With 0 or a negative errno; run_streams_close() is due in either case. */
int run_streams_open(struct run_streams *s, bool tty, bool interactive, struct run_ends *ret_far);
/* Starts to copy notes; after the container's side has its ends. 0 or a negative errno. */
int run_streams_begin(struct run_streams *s);
/* The container runs: what it prints is copied, and what is typed may go to it. */
int run_streams_started(struct run_streams *s);
/* Takes over the container's terminal; ours goes into raw mode where it is one and the container gets what is
 * typed. */
int run_streams_terminal(struct run_streams *s, int master);
void run_streams_resize(const struct run_streams *s);
/* Something has ended: hangs the container's terminal up when there is nobody left to see it. */
void run_streams_look(struct run_streams *s);
/* The container has ended: what it has printed is copied still, until run_streams_are_done(). */
void run_streams_finish(struct run_streams *s);
bool run_streams_are_done(const struct run_streams *s);
/* Ends all and gives our terminal its mode back. 0, or a negative errno when output of the container was
 * lost, or its input could not be read, with a line; that nobody reads any more is no error. */
int run_streams_close(struct run_streams *s);

#endif

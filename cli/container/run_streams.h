/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Standard streams of a container: pipes or a terminal of its own, and the pumps between them and mica's
 * streams (run_pump.h).
 *
 *   in     a pipe with -i, else /dev/null
 *   out    a pipe
 *   err    a pipe; the same pipe as out if the caller has one file for both, which keeps their order
 *   notes  a pipe for messages of mica's own processes
 *
 * The runtime has the streams until the container runs. Its error messages are not copied: mica reports the
 * failure in its own words through notes.
 *
 * With -t the first three are the other end of a terminal, which the runtime makes later. When the reader of
 * a stream is gone, the pump closes the container's side too, and the container gets SIGPIPE or EPIPE as in a
 * pipeline.
 */
#ifndef MICA_CONTAINER_RUN_STREAMS_H
#define MICA_CONTAINER_RUN_STREAMS_H

#include <stdbool.h>
#include <termios.h>

#include "container/run_pump.h"

/* The container's ends of the streams; -1: none. */
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
    struct run_ends near; /* mica's ends, before the pumps have them */
    int ended;            /* readable when a pump has ended */
    struct run_pump in, out, err, notes;
    int master; /* of the container's terminal, -1: none (yet) */
    bool raw;   /* mica's terminal is in raw mode; `before` is its previous mode */
    struct termios before;
};

/* Create the pipes. 0 or a negative errno; call run_streams_close() in either case. */
int run_streams_open(struct run_streams *s, bool tty, bool interactive, struct run_ends *ret_far);
/* Start copying notes; call it once the container's side has its ends. 0 or a negative errno. */
int run_streams_begin(struct run_streams *s);
/* Start copying the container's output and input; call it once the container runs. */
int run_streams_started(struct run_streams *s);
/* Take over the container's terminal. Sets mica's terminal to raw mode if the container gets its input. */
int run_streams_terminal(struct run_streams *s, int master);
void run_streams_resize(const struct run_streams *s);
/* Call it when a pump has ended: hangs up the container's terminal if no reader is left. */
void run_streams_look(struct run_streams *s);
/* Call it when the container has ended: copying goes on with pending output until run_streams_are_done(). */
void run_streams_finish(struct run_streams *s);
bool run_streams_are_done(const struct run_streams *s);
/* Stop all pumps and restore the mode of mica's terminal. 0, or a negative errno with a line if output was
 * lost or input was unreadable; a reader that is gone is no error. */
int run_streams_close(struct run_streams *s);

#endif

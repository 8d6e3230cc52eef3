/* SPDX-License-Identifier: Apache-2.0 */
/* What mica and the processes inside of a container's namespaces tell each other: small messages on a socket
 * pair, one of them with a descriptor. */
#ifndef MICA_CONTAINER_RUN_CHANNEL_H
#define MICA_CONTAINER_RUN_CHANNEL_H

#include <stdint.h>

enum run_message_kind {
    RUN_IDS_WANTED = 1, /* keeper: the user namespace is there */
    RUN_IDS_GIVEN,      /* mica: and has its ids */
    RUN_TERMINAL,       /* first: the container's terminal, with its descriptor */
    RUN_STARTED,        /* first: the container runs */
    RUN_SIGNAL,         /* mica: for the container */
};
struct run_message {
    int32_t kind, value;
};

/* Both ends, O_CLOEXEC. 0 or a negative errno. */
int run_channel_make(int ret[2]);
/* `fd` -1: none goes with it. */
int run_channel_send(int channel, enum run_message_kind kind, int value, int fd);
/* 1 with a message (and *ret_fd, which may be NULL, the descriptor that came with it, or -1); 0 at the end;
 * negative errno. */
int run_channel_receive(int channel, struct run_message *ret, int *ret_fd);

/* Takes one descriptor from a stream socket, as runtimes send a terminal. Negative errno. */
int run_channel_take_fd(int socket);

#endif

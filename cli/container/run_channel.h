/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between mica and the processes in a container's namespaces, over a socket pair; a message can
 * carry a descriptor. */
#ifndef MICA_CONTAINER_RUN_CHANNEL_H
#define MICA_CONTAINER_RUN_CHANNEL_H

#include <stdint.h>

enum run_message_kind {
    RUN_IDS_WANTED = 1, /* from the monitor: the user namespace exists */
    RUN_IDS_GIVEN,      /* from mica: its id maps are set */
    RUN_TERMINAL,       /* from the init: the container's terminal, with its descriptor */
    RUN_STARTED,        /* from the init: the container runs */
    RUN_SIGNAL,         /* from mica: deliver to the container */
};
struct run_message {
    int32_t kind, value;
};

/* Create both ends, O_CLOEXEC. 0 or a negative errno. */
int run_channel_make(int ret[2]);
/* `fd` -1: no descriptor. */
int run_channel_send(int channel, enum run_message_kind kind, int value, int fd);
/* Receive a message: 1 (*ret_fd, which may be NULL, is its descriptor or -1), 0 at end-of-file, or a negative
 * errno. */
int run_channel_receive(int channel, struct run_message *ret, int *ret_fd);

/* Receive one descriptor from a stream socket, as runtimes send a terminal. Negative errno. */
int run_channel_take_fd(int socket);

#endif

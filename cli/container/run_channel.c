/* SPDX-License-Identifier: Apache-2.0 */
#include "container/run_channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int run_channel_make(int ret[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

int run_channel_send(int channel, enum run_message_kind kind, int value, int fd)
{
    struct run_message message = {(int32_t)kind, value};
    struct iovec part = {&message, sizeof message};
    union control control = {.bytes = ""};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t n;

    if (fd >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    do
        n = sendmsg(channel, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* Get the descriptor passed with a message, or -1. */
static int passed_fd(struct msghdr *m)
{
    int fd = -1;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof fd))
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

static ssize_t receive(int socket, void *data, size_t len, int *ret_fd)
{
    struct iovec part = {data, len};
    union control control;
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t n;

    do
        n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    *ret_fd = n < 0 ? -1 : passed_fd(&m);
    return n < 0 ? -errno : n;
}

int run_channel_receive(int channel, struct run_message *ret, int *ret_fd)
{
    int fd;
    ssize_t n = receive(channel, ret, sizeof *ret, &fd);

    if (ret_fd)
        *ret_fd = fd;
    else if (fd >= 0)
        close(fd);
    if (n == 0 || n == -ECONNRESET)
        return 0;
    return n < 0 ? (int)n : n == sizeof *ret ? 1 : -EPROTO;
}

int run_channel_take_fd(int socket)
{
    char name[4096]; /* the terminal's name, unused: it is valid in the container only */
    int fd;
    ssize_t n = receive(socket, name, sizeof name, &fd);

    return n < 0 ? (int)n : fd < 0 ? -EPROTO : fd;
}

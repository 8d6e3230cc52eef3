/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/device_io.h"

#include <linux/fuse.h>
#include <sys/uio.h>
#include <unistd.h>

#include "glue/context.h"
#include "glue/init_reply.h"
#include "glue/receive.h"

/* Notifications have no request number. */
static bool is_answer(const struct iovec *iov)
{
    return iov[0].iov_len >= sizeof(struct fuse_out_header) &&
           ((const struct fuse_out_header *)iov[0].iov_base)->unique != 0;
}

static ssize_t on_write(int fd, struct iovec *iov, int count, void *userdata)
{
    struct glue *g = userdata;
    ssize_t n;

    if (!g->init_answered) {
        g->init_answered = true;
        return init_reply_write(g, fd, iov, count);
    }
    if (is_answer(iov) && receiver_write(g->receiver, iov, count, &n))
        return n;
    return writev(fd, iov, count);
}

static ssize_t on_read(int fd, void *buf, size_t len, void *userdata)
{
    (void)userdata;
    return read(fd, buf, len);
}

int device_io_install(struct fuse_session *fuse)
{
    static const struct fuse_custom_io io = {.writev = on_write, .read = on_read};

    /* Keep the descriptor; replace the calls only. */
    return fuse_session_custom_io(fuse, &io, fuse_session_fd(fuse));
}

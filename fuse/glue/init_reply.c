/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/init_reply.h"

#include <linux/fuse.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "glue/context.h"
#include "glue/raw_request.h"

/* The answer to INIT is the header and one structure. Its first bytes have been the same since 7.5; an answer
 * that is an error, or agrees on another version, is shorter. */
static bool is_answer(const struct iovec *iov, int count)
{
    return count == 2 && iov[0].iov_len == sizeof(struct fuse_out_header) &&
           iov[1].iov_len >= offsetof(struct fuse_init_out, max_background) &&
           iov[1].iov_len <= sizeof(struct fuse_init_out);
}

static ssize_t write_init(struct glue *g, int fd, const struct iovec *iov)
{
    const uint32_t wanted = FUSE_HANDLE_KILLPRIV_V2 | FUSE_SETXATTR_EXT;
    struct fuse_init_out answer = {0};
    struct iovec changed[2] = {iov[0], {.iov_base = &answer, .iov_len = iov[1].iov_len}};

    memcpy(&answer, iov[1].iov_base, iov[1].iov_len);
    answer.flags |= raw_request_current()->offered & wanted;
    g->agreed = answer.flags;
    return writev(fd, changed, 2);
}

static ssize_t on_write(int fd, struct iovec *iov, int count, void *userdata)
{
    struct glue *g = userdata;

    if (g->init_answered)
        return writev(fd, iov, count);
    g->init_answered = true;
    return is_answer(iov, count) ? write_init(g, fd, iov) : writev(fd, iov, count);
}

static ssize_t on_read(int fd, void *buf, size_t len, void *userdata)
{
    (void)userdata;
    return read(fd, buf, len);
}

int init_reply_watch(struct fuse_session *fuse)
{
    static const struct fuse_custom_io io = {.writev = on_write, .read = on_read};

    /* The descriptor stays what it is: only the calls change. */
    return fuse_session_custom_io(fuse, &io, fuse_session_fd(fuse));
}

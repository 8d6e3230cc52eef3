/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/reply_content.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/uio.h>
#include <unistd.h>

#include "glue/raw_request.h"

/* Each page takes a slot of the pipe, partial first and last pages as well, and so does the header. */
#define PIPE_SIZE (2 * REQUEST_MAX)

/* One pipe for each thread, empty between two replies. */
static _Thread_local struct {
    bool open, refused;
    int ends[2];
} conduit;

static void close_pipe(void)
{
    if (conduit.open) {
        close(conduit.ends[0]);
        close(conduit.ends[1]);
    }
    conduit.open = false;
}

void reply_content_release(void)
{
    close_pipe();
    conduit.refused = false;
}

static bool open_pipe(void)
{
    if (conduit.open || conduit.refused)
        return conduit.open;
    if (pipe2(conduit.ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return false;
    conduit.open = true;
    /* The total size of a user's pipes is limited. */
    if (fcntl(conduit.ends[1], F_SETPIPE_SZ, PIPE_SIZE) < 0) {
        close_pipe();
        conduit.refused = true;
    }
    return conduit.open;
}

/* Put the complete reply into the pipe. False if some of it is missing. */
static bool fill(int fd, uint64_t at, size_t len)
{
    struct fuse_out_header head = {.len = (uint32_t)(sizeof head + len),
                                   .unique = raw_request_current()->unique};
    struct iovec iov = {.iov_base = &head, .iov_len = sizeof head};
    off_t from = (off_t)at;

    if (writev(conduit.ends[1], &iov, 1) != (ssize_t)sizeof head)
        return false;
    while (len > 0) {
        ssize_t n = splice(fd, &from, conduit.ends[1], NULL, len, SPLICE_F_NONBLOCK);

        if (n <= 0)
            return false;
        len -= (size_t)n;
    }
    return true;
}

bool reply_content(fuse_req_t req, int fd, uint64_t at, size_t len)
{
    const size_t answer = sizeof(struct fuse_out_header) + len;

    if (len > REQUEST_MAX || !open_pipe())
        return false;
    /* Without SPLICE_F_MOVE: the pages stay in the file's cache. */
    if (!fill(fd, at, len) || splice(conduit.ends[0], NULL, fuse_session_fd(glue_of(req)->fuse), NULL, answer,
                                     0) != (ssize_t)answer) {
        close_pipe(); /* discards its content */
        return false;
    }
    fuse_reply_none(req); /* lets the library free the request */
    return true;
}

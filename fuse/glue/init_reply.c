/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/init_reply.h"

#include <linux/fuse.h>
#include <string.h>
#include <sys/uio.h>

#include "glue/context.h"
#include "glue/passthrough.h"
#include "glue/raw_request.h"

/* <linux/fuse.h> of 7.40: a flag, and the stacking depth in the first unused field. A mount with the depth of
 * one over plain file systems can itself be a layer of kernel overlayfs. */
#define INIT_PASSTHROUGH (1ull << 37)
#define STACK_DEPTH      1

/* Is it the reply to INIT, a header and one structure? Its first bytes are the same since 7.5; an error, or a
 * reply with another version, is shorter. */
static bool is_answer(const struct iovec *iov, int count)
{
    return count == 2 && iov[0].iov_len == sizeof(struct fuse_out_header) &&
           iov[1].iov_len >= offsetof(struct fuse_init_out, max_background) &&
           iov[1].iov_len <= sizeof(struct fuse_init_out);
}

/* If the kernel writes by itself, it must also drop privileges by itself: by a SETATTR, if there are any. */
static uint32_t wanted_flags(const struct glue *g)
{
    if (!g->writable)
        return 0;
    return FUSE_SETXATTR_EXT | (g->passthrough ? 0 : FUSE_HANDLE_KILLPRIV_V2);
}

static ssize_t write_init(struct glue *g, int fd, const struct iovec *iov)
{
    const uint64_t offered = raw_request_current()->offered;
    struct fuse_init_out answer = {0};
    struct iovec changed[2] = {iov[0], {.iov_base = &answer, .iov_len = iov[1].iov_len}};

    memcpy(&answer, iov[1].iov_base, iov[1].iov_len);
    if (g->want_passthrough && offered & INIT_PASSTHROUGH && iov[1].iov_len == sizeof answer)
        g->passthrough = passthrough_new(fd);
    if (g->passthrough) {
        answer.flags |= FUSE_INIT_EXT;
        answer.flags2 |= (uint32_t)(INIT_PASSTHROUGH >> 32);
        answer.unused[0] = STACK_DEPTH;
    }
    answer.flags |= (uint32_t)offered & wanted_flags(g);
    g->agreed = answer.flags;
    return writev(fd, changed, 2);
}

ssize_t init_reply_write(struct glue *g, int fd, const struct iovec *iov, int count)
{
    return is_answer(iov, count) ? write_init(g, fd, iov) : writev(fd, iov, count);
}

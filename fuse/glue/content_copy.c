/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/content_copy.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "glue/scratch.h"
#include "os/fd.h"

#define PIECE (256u << 10)

/* The kernel cannot: across file systems, or where a file system does not know how. */
static bool must_be_read(int error)
{
    return error == EXDEV || error == EINVAL || error == EOPNOTSUPP || error == ENOSYS || error == EPERM;
}

/* One piece by way of our own memory. */
static ssize_t copy_piece(int from, uint64_t from_off, int to, uint64_t to_off, size_t len)
{
    size_t size = len < PIECE ? len : PIECE;
    char *buf = scratch_get(size);
    ssize_t n = buf ? fd_pread(from, buf, size, from_off) : -ENOMEM;
    int r = n > 0 ? fd_pwrite(to, buf, (size_t)n, to_off) : 0;

    return r < 0 ? r : n;
}

ssize_t content_copy(int from, uint64_t from_off, int to, uint64_t to_off, size_t len)
{
    bool by_kernel = true;
    size_t done = 0;

    while (done < len) {
        off_t in = (off_t)(from_off + done), out = (off_t)(to_off + done);
        ssize_t n = by_kernel ? copy_file_range(from, &in, to, &out, len - done, 0)
                              : copy_piece(from, from_off + done, to, to_off + done, len - done);

        if (by_kernel && n < 0 && must_be_read(errno)) {
            by_kernel = false;
            continue;
        }
        if (by_kernel && n < 0)
            n = -errno;
        if (n == -EINTR)
            continue;
        if (n < 0)
            return done > 0 ? (ssize_t)done : n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "os/copy.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "os/fd.h"

/* Errors that mean "not between these two files", depending on file systems, kernels and seccomp filters.
 * Real errors of the files appear again when they are read and written. */
static bool is_refusal(int e)
{
    return e == EXDEV || e == EINVAL || e == EOPNOTSUPP || e == ENOSYS || e == EBADF || e == ETXTBSY ||
           e == EPERM;
}

ssize_t copy_by_kernel(int from, uint64_t from_off, int to, uint64_t to_off, size_t len)
{
    ssize_t n;

    do {
        off_t in = (off_t)from_off, out = (off_t)to_off;

        n = copy_file_range(from, &in, to, &out, len, 0);
    } while (n < 0 && errno == EINTR);
    return n >= 0 ? n : is_refusal(errno) ? -EXDEV : -errno;
}

ssize_t copy_by_hand(int from, uint64_t from_off, int to, uint64_t to_off, void *buf, size_t len)
{
    ssize_t n = fd_pread(from, buf, len, from_off);
    int r = n > 0 ? fd_pwrite(to, buf, (size_t)n, to_off) : 0;

    return r < 0 ? r : n;
}

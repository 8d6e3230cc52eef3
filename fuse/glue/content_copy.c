/* SPDX-License-Identifier: Apache-2.0 */
#include "glue/content_copy.h"

#include <errno.h>
#include <stdbool.h>

#include "glue/scratch.h"
#include "os/copy.h"

#define PIECE (256u << 10)

/* Copy one piece through a buffer. */
static ssize_t copy_piece(int from, uint64_t from_off, int to, uint64_t to_off, size_t len)
{
    size_t size = len < PIECE ? len : PIECE;
    char *buf = scratch_get(size);

    return buf ? copy_by_hand(from, from_off, to, to_off, buf, size) : -ENOMEM;
}

ssize_t content_copy(int from, uint64_t from_off, int to, uint64_t to_off, size_t len)
{
    bool by_kernel = true;
    size_t done = 0;

    while (done < len) {
        ssize_t n = by_kernel ? copy_by_kernel(from, from_off + done, to, to_off + done, len - done)
                              : copy_piece(from, from_off + done, to, to_off + done, len - done);

        if (by_kernel && n == -EXDEV) {
            by_kernel = false;
            continue;
        }
        if (n < 0)
            return done > 0 ? (ssize_t)done : n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A growable run of bytes. `buf.data` is valid for `buf.len` bytes and owned by the buf. */
#ifndef MICA_OS_BUF_H
#define MICA_OS_BUF_H

#include <stddef.h>

#include "os/cleanup.h"

struct buf {
    char *data;
    size_t len, cap;
};

#define BUF_INIT                                                                                             \
    {                                                                                                        \
        NULL, 0, 0                                                                                           \
    }

/* Reserves room for `more` bytes after the end. Returns 0 or -ENOMEM. */
int buf_reserve(struct buf *b, size_t more);
int buf_append(struct buf *b, const void *data, size_t len);
int buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Terminates the text with a NUL (not counted in len). Returns it, or NULL on lack of memory. */
const char *buf_str(struct buf *b);
void buf_free(struct buf *b);

#define cleanup_buf cleanup(buf_free)

#endif

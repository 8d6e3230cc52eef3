/* SPDX-License-Identifier: Apache-2.0 */
/* What micafs --changes tells of a branch (fuse/changes.h), as a stream from a process of its own. */
#ifndef MICA_ACT_BRANCH_STREAM_H
#define MICA_ACT_BRANCH_STREAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/err.h"

struct store;

struct branch_stream {
    int fd; /* to be read to its end */
    int said_fd;
    pid_t pid;
};

/* Starts it; `form` is list, layer or whole. */
int branch_stream_start(struct store *s, const char *branch, const char *form, struct branch_stream *ret,
                        struct err *err);
/* Once, behind the end of the stream (fd is closed here unless it is -1): 0 when it was whole. With
 * `given_up` it need not have been read to its end. What micafs had to say without failing is said on
 * standard error. */
int branch_stream_end(struct branch_stream *b, bool given_up, struct err *err);

#endif

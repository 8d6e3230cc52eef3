/* SPDX-License-Identifier: Apache-2.0 */
/* Output of micafs --changes for a branch (fuse/changes.h), streamed from a child process. */
#ifndef MICA_ACT_BRANCH_STREAM_H
#define MICA_ACT_BRANCH_STREAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/err.h"

struct store;

struct branch_stream {
    int fd; /* read it to its end */
    int said_fd;
    pid_t pid;
};

/* Start the process; `form` is list, layer or whole. */
int branch_stream_start(struct store *s, const char *branch, const char *form, struct branch_stream *ret,
                        struct err *err);
/* Call it once, at the end of the stream (closes fd unless it is -1): 0 if the stream was complete. With
 * `given_up` the stream need not have been read to its end. Warnings of micafs go to standard error. */
int branch_stream_end(struct branch_stream *b, bool given_up, struct err *err);

#endif

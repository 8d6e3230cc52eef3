/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upper and work directory of a mount: open them, and check them against the layers.
 */
#ifndef MICA_FUSE_BRANCH_DIRS_H
#define MICA_FUSE_BRANCH_DIRS_H

#include <stdbool.h>

#include "os/err.h"
#include "union/option_text.h"

struct branch_dirs {
    char *upper_name, *work_name; /* for messages */
    int upper_fd;                 /* -1: none */
    int base_fd;                  /* directory given by workdir=; -1: none */
    bool upper_unlocked;          /* a stranger's lock on the upper was passed over (branch_lock.h) */
    char claim[64];               /* the attribute that says so (branch_claim.h); "": none */
};
#define BRANCH_DIRS_NONE                                                                                     \
    {                                                                                                        \
        NULL, NULL, -1, -1, false, ""                                                                        \
    }

/* Open both by path; `workdir` NULL: only the upper. */
int branch_dirs_open(const char *upperdir, const char *workdir, struct branch_dirs *ret, struct err *err);
void branch_dirs_close(struct branch_dirs *d);

/* Are both in one mount of one file system, and none of them, nor of the layers `fds`, the same as another or
 * within it? Only upper and work directory of a mount that is written to may lie within layers. */
int branch_dirs_check(const struct branch_dirs *d, const int *fds, const struct text_list *names,
                      struct err *err);

#endif

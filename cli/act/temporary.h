/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary files and directories beneath $TMPDIR, or /tmp. */
#ifndef MICA_ACT_TEMPORARY_H
#define MICA_ACT_TEMPORARY_H

#include "os/err.h"

/* Opens the directory in which temporary files are made. A descriptor, or a negative errno. */
int temporary_open(void);

struct temporary_dir {
    int fd; /* -1: none */
    char path[4096];
};
#define TEMPORARY_DIR_INIT                                                                                   \
    {                                                                                                        \
        -1, ""                                                                                               \
    }
/* Makes an empty directory, 0700. */
int temporary_dir_make(struct temporary_dir *ret, struct err *err);
/* Removes it with everything in it. Once, also after a failure. */
void temporary_dir_remove(struct temporary_dir *d);

#endif

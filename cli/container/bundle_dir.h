/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundle directory: only its owner can enter it, and removal deletes only files that mica made.
 *
 * Each new file is recorded in the directory at once, by name, inode and birth time. A file of another
 * identity under the same name belongs to the user and stays.
 */
#ifndef MICA_CONTAINER_BUNDLE_DIR_H
#define MICA_CONTAINER_BUNDLE_DIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/buf.h"
#include "os/err.h"

struct bundle_dir {
    char *path, *root; /* absolute: DIR and DIR/rootfs */
    int fd, record;    /* descriptors of DIR and of the record; -1: none */
    bool created;      /* mica created the directory */
    mode_t mode;       /* if not `created`: the directory's previous mode */
};
#define BUNDLE_DIR_NONE                                                                                      \
    {                                                                                                        \
        .fd = -1, .record = -1                                                                               \
    }

/* Create `dir`, or take over an empty directory of the caller's, close it to others, create rootfs in it and
 * begin the record. -EEXIST, -ENOTEMPTY, -EPERM, ... with a line; on failure everything created is removed
 * again. */
int bundle_dir_make(const char *dir, struct bundle_dir *ret, struct err *err);

/* Open an existing bundle directory for bundle_dir_remove. `mounted`: rootfs is a mount of mica's, so the
 * directory is a bundle even if other files are missing. -EINVAL with a line if it is no bundle. */
int bundle_dir_open(const char *path, bool mounted, struct bundle_dir *ret, struct err *err);

/* Record a file just created in the directory whose record is `record`. 0 or a negative errno. */
int bundle_dir_note(int record, int file, const char *name);

/* Let set-user-ID programs take effect on the mount at rootfs, after a check that the mount lies in this
 * directory, which nobody else can enter. -ESTALE with a line if it lies elsewhere. */
int bundle_dir_allow_suid(const struct bundle_dir *d, struct err *err);

/* Remove the recorded files, rootfs, and the directory if mica created it; append the names of files that
 * mica did not make to `kept`, one a line. */
int bundle_dir_remove(struct bundle_dir *d, struct buf *kept, struct err *err);

void bundle_dir_close(struct bundle_dir *d);

#endif

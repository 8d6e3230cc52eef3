/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of a bundle: made so that nobody but its owner can look into it, and taken away so that
 * nothing goes with it that mica has not made.
 *
 * What is made is written down in the directory as it is made, by name, inode and time of birth. A file of
 * another identity under the same name is the user's, and stays.
 */
#ifndef MICA_CONTAINER_BUNDLE_DIR_H
#define MICA_CONTAINER_BUNDLE_DIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "os/buf.h"
#include "os/err.h"

struct bundle_dir {
    char *path, *root; /* absolute: DIR and DIR/rootfs */
    int fd, record;    /* of DIR, and of what is written down; -1: none */
    bool made;         /* it was not there before */
    mode_t mode;       /* else: what it had */
};
#define BUNDLE_DIR_NONE                                                                                      \
    {                                                                                                        \
        .fd = -1, .record = -1                                                                               \
    }

/* Makes `dir`, or takes an empty one of the caller's own, closes it to others, makes rootfs in it and begins
 * the record. -EEXIST, -ENOTEMPTY, -EPERM, ... with a line; what was made is gone again then. */
int bundle_dir_make(const char *dir, struct bundle_dir *ret, struct err *err);

/* Opens one that is there, for bundle_dir_remove. `mounted`: rootfs is a mount of mica's, so that this is a
 * bundle whatever has been removed from it. -EINVAL with a line for what is no bundle. */
int bundle_dir_open(const char *path, bool mounted, struct bundle_dir *ret, struct err *err);

/* Writes down a file just made in the directory whose record is `record`. 0 or a negative errno. */
int bundle_dir_note(int record, int file, const char *name);

/* Lets set-user-ID programs of the mount on rootfs have their effect, once it is certain that the mount lies
 * in this directory, which nobody else can enter. -ESTALE with a line where it lies elsewhere. */
int bundle_dir_allow_suid(const struct bundle_dir *d, struct err *err);

/* Removes what the record names, rootfs, and the directory where it was made; appends the names of what
 * stays because mica has not made it to `kept`, one a line. */
int bundle_dir_remove(struct bundle_dir *d, struct buf *kept, struct err *err);

void bundle_dir_close(struct bundle_dir *d);

#endif

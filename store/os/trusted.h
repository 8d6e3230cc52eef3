/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that a user names for writing. In a world-writable sticky directory such as /tmp another user's
 * symbolic link is refused, in the middle of a path as well as at its end. The kernel has the same rule
 * (fs.protected_symlinks), but it can be switched off, and it does not cover readlink(2). */
#ifndef MICA_OS_TRUSTED_H
#define MICA_OS_TRUSTED_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct trusted {
    int dir;                 /* directory of the last name (O_PATH) */
    int file;                /* the file there (O_PATH), never a symbolic link; -1 if there is none */
    struct stat dir_st, st;  /* of dir and file */
    char name[NAME_MAX + 1]; /* "." for a root or a path that ends in "." */
};
#define TRUSTED_NONE                                                                                         \
    {                                                                                                        \
        .dir = -1, .file = -1                                                                                \
    }

/* Resolves `path` through symbolic links. -EPERM for another user's link; -ENOENT also for a dangling
 * link; other errors as in open(2). The caller closes the result. */
int trusted_find(const char *path, struct trusted *ret);
void trusted_close(struct trusted *t);

/* Is the file in a world-writable sticky directory owned by neither this user nor the owner of the
 * directory? */
bool trusted_is_foreign(const struct stat *dir, const struct stat *st);

#endif

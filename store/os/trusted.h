/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that a user names, where something is to be written: in a directory for everybody, such as /tmp,
 * another user's symbolic link leads nowhere, on the way no more than at the end. That is the kernel's rule
 * (fs.protected_symlinks), which can be switched off, and which does not hold for who asks where a link leads
 * to.
 */
#ifndef MICA_OS_TRUSTED_H
#define MICA_OS_TRUSTED_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct trusted {
    int dir;                 /* the directory where the last name is (O_PATH) */
    int at;                  /* what is there (O_PATH), no link; -1: nothing */
    struct stat dir_st, st;  /* of both */
    char name[NAME_MAX + 1]; /* "." for a root or a path that ends so */
};
#define TRUSTED_NONE                                                                                         \
    {                                                                                                        \
        .dir = -1, .at = -1                                                                                  \
    }

/* Finds the place of `path`, through links. -EPERM: another user's link; -ENOENT also for a link that leads
 * nowhere, and others as of open(2). The caller closes it. */
int trusted_find(const char *path, struct trusted *ret);
void trusted_close(struct trusted *t);

/* Is it somebody else's, in a directory for everybody? */
bool trusted_is_foreign(const struct stat *dir, const struct stat *st);

#endif

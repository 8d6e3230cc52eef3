/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting things whole into directories that others may write to: each is made in a directory of ours (0700), where nobody
 * else can reach it, and renamed to its place when it is finished. The last file system that was written to has one.
 */
#ifndef MICA_ACT_COPY_PLACE_H
#define MICA_ACT_COPY_PLACE_H

#define COPY_PLACE_NEW "new" /* the name to make things by, in `stage` */

struct copy_place {
    int stage;     /* -1: there is none */
    int parent;    /* the directory that it is in */
    char name[40]; /* its name there */
};
#define COPY_PLACE_INIT                                                                                      \
    {                                                                                                        \
        -1, -1,                                                                                              \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }

/* Sees to it that `stage` can be renamed from to `dirfd`, as far as one can tell beforehand. 0 or a negative errno. */
int copy_place_for(struct copy_place *p, int dirfd);
/* Gives what was made the place `name` in `dirfd`; what is there goes, but for a directory (-EISDIR). -EAGAIN: it has to be made
 * again in a stage that is now nearer. After every error but -EAGAIN, and before a new attempt, call copy_place_drop. */
int copy_place_put(struct copy_place *p, int dirfd, const char *name);
/* Removes what was made and got no place. */
void copy_place_drop(struct copy_place *p);
void copy_place_end(struct copy_place *p);

#endif

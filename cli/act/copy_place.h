/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts complete files into directories that others may write to: makes each file in a staging directory (0700), which
 * no other user can enter, and renames it to its place. There is one staging directory, on the file system last
 * written to.
 */
#ifndef MICA_ACT_COPY_PLACE_H
#define MICA_ACT_COPY_PLACE_H

#define COPY_PLACE_NEW "new" /* name of the file being made, in `stage` */

struct copy_place {
    int stage;     /* the staging directory; -1: none */
    int parent;    /* its parent directory */
    char name[40]; /* its name in the parent */
};
#define COPY_PLACE_INIT                                                                                      \
    {                                                                                                        \
        -1, -1,                                                                                              \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }

/* Makes `stage` a directory from which rename(2) to `dirfd` should work, as far as stat(2) can tell. 0 or a negative
 * errno. */
int copy_place_for(struct copy_place *p, int dirfd);
/* Renames the new file to `name` in `dirfd`, and replaces an existing file, but no directory (-EISDIR). -EAGAIN: the
 * file has to be made again, in a stage now closer to `dirfd`. Call copy_place_drop after every other error, and
 * before a new attempt. */
int copy_place_put(struct copy_place *p, int dirfd, const char *name);
/* Removes a new file that was not renamed. */
void copy_place_drop(struct copy_place *p);
void copy_place_end(struct copy_place *p);

#endif

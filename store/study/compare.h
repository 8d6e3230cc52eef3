/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two images, path by path: both are walked at once, in the same order. A file that both have from the same inode of the
 * same layer is the same without being looked at, and so is all that is in a directory of which only their common bottom
 * layers speak.
 */
#ifndef MICA_STUDY_COMPARE_H
#define MICA_STUDY_COMPARE_H

#include "study/study.h"

/* One of the two. Layers that are the same have the same number in `ids`, on both sides. */
struct study_side {
    struct study *study;
    const uint32_t *ids;
};

struct study_difference {
    const char *path;                /* valid during the call */
    const struct study_thing *a, *b; /* NULL: it is not there */
    unsigned differs;                /* where both are: STUDY_DIFFERS_* */
    bool inside;                     /* what is above it in A is gone, or is no directory in B */
};

/* Calls `tell` for each path that differs; a negative return value ends the walk. Returns as study_next, 0 at the end. */
int study_compare(const struct study_side *a, const struct study_side *b,
                  int (*tell)(void *ctx, const struct study_difference *d), void *ctx);

/* The next path that the image of all layers shows; passes over what is in things that it does not show. As study_next. */
int study_next_visible(struct study *s, const struct study_path **ret, const struct study_thing **ret_thing);

#endif

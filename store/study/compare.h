/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparison of two images, path by path: walks both at once, in the same order. Two files from the same inode of the
 * same layer are equal without a comparison; so are the contents of a directory that only common bottom layers have.
 */
#ifndef MICA_STUDY_COMPARE_H
#define MICA_STUDY_COMPARE_H

#include "study/study.h"

/* One side of the comparison. Equal layers have equal numbers in `ids` on both sides. */
struct study_side {
    struct study *study;
    const uint32_t *ids;
};

struct study_difference {
    const char *path;                /* valid during the call */
    const struct study_thing *a, *b; /* NULL: missing on this side */
    unsigned differs;                /* if present on both sides: STUDY_DIFFERS_* */
    bool inside;                     /* a directory above it in A is deleted, or is no directory in B */
};

/* Calls `tell` for each path that differs; a negative return value ends the walk. Returns like study_next, 0 at the
 * end. */
int study_compare(const struct study_side *a, const struct study_side *b,
                  int (*tell)(void *ctx, const struct study_difference *d), void *ctx);

/* Orders two paths as a walk does: a directory, its contents, then the next name. */
int study_compare_paths(const struct study_path *a, const struct study_path *b);

/* Returns the next path that is visible in the image of all layers, and skips the contents of hidden paths. Returns
 * like study_next. */
int study_next_visible(struct study *s, const struct study_path **ret, const struct study_thing **ret_thing);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The result of `mica diff A B`: the differences between two images, or two states of one. */
#ifndef MICA_SHOW_IMAGE_DIFF_H
#define MICA_SHOW_IMAGE_DIFF_H

#include "show/image_study.h"
#include "study/compare.h"

struct image_change {
    char *path;
    char kind;        /* 'A' added, 'C' changed, 'D' deleted, with everything beneath */
    bool listed;      /* false: only counted, because its directory is deleted */
    unsigned differs; /* for C */
    uint32_t mode;    /* of the present file; of a deleted one, of the former */
    uint64_t size;    /* of a file or of a link's target; otherwise 0 */
    uint64_t hash;    /* of a file */
    char *from;       /* for A: a file of A with the same content; NULL for none */
    bool moved;       /* `from` no longer exists with that content */
};

/* A difference between the configs. */
struct config_change {
    char *member;         /* "Env", "Cmd", ... */
    char *before, *after; /* an element or the value as JSON; NULL: missing */
};

struct image_diff {
    struct image_change *changes; /* in the order of a walk */
    size_t n;
    struct config_change *config;
    size_t n_config;
    uint64_t added, changed, metadata, removed; /* files: all types but directories */
    uint64_t moved, copied;
    uint64_t added_size, removed_size; /* bytes of regular files; changed ones count on both sides */
};

/* Compares two images, whose studies must be open; ignores the differences in `ignored` (STUDY_DIFFERS_*).
 * Free *ret also after a failure. */
int image_diff_make(struct image_study *a, struct image_study *b, unsigned ignored, struct image_diff *ret,
                    struct err *err);
void image_diff_free(struct image_diff *d);

#endif

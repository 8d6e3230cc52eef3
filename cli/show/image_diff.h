/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `mica diff A B`: how two images, or two states of one, differ. */
#ifndef MICA_SHOW_IMAGE_DIFF_H
#define MICA_SHOW_IMAGE_DIFF_H

#include "show/image_study.h"
#include "study/compare.h"

struct image_change {
    char *path;
    char kind;        /* 'A' added, 'C' changed, 'D' deleted, with all that is in it */
    bool listed;      /* false: only counted, since the directory that it was in is gone */
    unsigned differs; /* C */
    uint32_t mode;    /* of what is there now; of what was deleted, of what was there */
    uint64_t size;    /* of a file or the target of a link; else 0 */
    uint64_t hash;    /* of a file */
    char *from;       /* A: a file of A with the same content; NULL for none */
    bool moved;       /* that is not there any more, at least not with that content */
};

/* What of the config differs. */
struct config_change {
    char *member;         /* "Env", "Cmd", ... */
    char *before, *after; /* an element or the value as JSON; NULL: there is none */
};

struct image_diff {
    struct image_change *changes; /* in the order of a walk */
    size_t n;
    struct config_change *config;
    size_t n_config;
    uint64_t added, changed, metadata, removed; /* files: everything but directories */
    uint64_t moved, copied;
    uint64_t added_size, removed_size; /* bytes of regular files, changed ones on both sides */
};

/* Compares two images, of which both studies are open; differences in `ignored` (STUDY_DIFFERS_*) are none. Free it also
 * after a failure. */
int image_diff_make(struct image_study *a, struct image_study *b, unsigned ignored, struct image_diff *ret,
                    struct err *err);
void image_diff_free(struct image_diff *d);

/* The config's part (config_diff.c). */
int config_diff_make(const struct image *a, const struct image *b, struct image_diff *ret, struct err *err);

/* On standard output (image_diff_print.c). 0, -EIO or -ENOMEM. */
int image_diff_print(const struct image_diff *d, bool long_lines);
int image_diff_print_stat(const struct image_diff *d);
int image_diff_print_json(const struct image_diff *d);
int image_diff_print_stat_json(const struct image_diff *d);

#endif

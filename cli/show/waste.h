/* SPDX-License-Identifier: Apache-2.0 */
/* The result of `mica waste`: bytes in the layers of an image that the image does not show. */
#ifndef MICA_SHOW_WASTE_H
#define MICA_SHOW_WASTE_H

#include <jansson.h>

#include "show/image_study.h"
#include "study/duplicates.h"

/* A hidden file. */
struct waste_file {
    char *path;
    struct study_pair what;
};

struct waste {
    const struct image *image;
    struct study_totals totals;
    struct study_duplicates duplicates;
    struct waste_file *files; /* the largest, the largest first */
    size_t n_files, max;      /* `max`: of each list */
    char **commands;          /* of each layer; "" if unknown */
    uint64_t blobs;           /* bytes of all blobs */
    uint64_t dead_blobs;      /* the share of hidden files in them */
};

/* Called once for each file, hidden or shown. May be NULL. */
struct waste_watch {
    void (*dead)(void *ctx, const char *path, uint64_t size);
    void (*shown)(void *ctx, const char *path, uint64_t size);
    void *ctx;
};

/* Counts, and keeps the `max` largest of each kind. `image` is borrowed; free *ret also after a failure. */
int waste_count(struct store *s, const struct image *image, size_t max, const struct waste_watch *watch,
                struct waste *ret, struct err *err);
void waste_free(struct waste *w);

/* Returns the compressed size of a pair's hidden bytes. */
uint64_t waste_pair_blob(const struct waste *w, const struct study_pair *p);
/* Returns "replaced", "metadata" or "removed". */
const char *waste_loss_name(enum study_loss loss);
/* Returns the advice that avoids the loss. */
const char *waste_advice(enum study_loss loss);

#endif

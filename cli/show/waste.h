/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `mica waste`: bytes that the layers of an image ship and that the image does not show. */
#ifndef MICA_SHOW_WASTE_H
#define MICA_SHOW_WASTE_H

#include <jansson.h>

#include "show/image_study.h"
#include "study/duplicates.h"

/* A file that lies dead. */
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
    char **commands;          /* of each layer; "" where it is not known */
    uint64_t blobs;           /* bytes of all blobs */
    uint64_t dead_blobs;      /* the share of them that lies dead */
};

/* Told of each file, once: those that lie dead, and those that the image shows. May be NULL. */
struct waste_watch {
    void (*dead)(void *ctx, const char *path, uint64_t size);
    void (*shown)(void *ctx, const char *path, uint64_t size);
    void *ctx;
};

/* Counts, and keeps the `max` largest of each kind. `image` is borrowed; free it also after a failure. */
int waste_count(struct store *s, const struct image *image, size_t max, const struct waste_watch *watch,
                struct waste *ret, struct err *err);
void waste_free(struct waste *w);

/* What lies dead of a pair, compressed. */
uint64_t waste_pair_blob(const struct waste *w, const struct study_pair *p);
/* "replaced", "metadata", "removed". */
const char *waste_loss_name(enum study_loss loss);
/* What would save it. */
const char *waste_advice(enum study_loss loss);

/* On standard output (waste_print.c). 0, -EIO or -ENOMEM. */
int waste_print(const struct waste *w);
/* A fresh object, or NULL without memory (waste_print.c). */
json_t *waste_json(const struct waste *w);

#endif

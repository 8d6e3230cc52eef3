/* SPDX-License-Identifier: Apache-2.0 */
/* The image, or the two images, that are looked at: their layers opened for one thread. */
#ifndef MICA_EXPLORE_IMAGES_H
#define MICA_EXPLORE_IMAGES_H

#include "explore/view.h"
#include "show/image_study.h"

struct explore_image {
    struct store *store; /* borrowed, as the image */
    const struct image *image;
    struct image_study study;
};

struct explore_images {
    struct explore_image i[2];
    size_t n;        /* 1 or 2 */
    uint32_t common; /* equal bottom layers of the two */
};

/* Opens the layers; `second` NULL: one image. The studies keep using `err`. Call explore_images_close in every case. */
int explore_images_open(struct explore_images *e, struct store *store, const struct image *image,
                        struct store *second_store, const struct image *second, struct err *err);
void explore_images_close(struct explore_images *e);
/* The view of the first `upto_a` and `upto_b` layers: of the image, or of one image each. */
void explore_images_view(const struct explore_images *e, uint32_t upto_a, uint32_t upto_b, struct view *ret);
/* The image of a view's snapshot. */
const struct explore_image *explore_images_of(const struct explore_images *e, bool of_b);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of an image of the store, opened for a study (study/study.h), and the facts that no index
 * holds. */
#ifndef MICA_SHOW_IMAGE_STUDY_H
#define MICA_SHOW_IMAGE_STUDY_H

#include "disk/store.h"
#include "study/totals.h"

struct image_study {
    const struct image *image; /* borrowed */
    struct index **layers;
    uint32_t n;
    bool extra; /* the topmost layer is none of the image's */
    struct study *study;
};

/* Opens the first `n` layers of the image; UINT32_MAX: all. The study keeps using `err`. Call
 * image_study_close in every case. */
int image_study_open(struct store *s, const struct image *image, uint32_t n, struct image_study *ret,
                     struct err *err);
/* Opens all layers and `top` above them, which it takes over in any case; NULL for none. */
int image_study_open_with(struct store *s, const struct image *image, struct index *top,
                          struct image_study *ret, struct err *err);
void image_study_close(struct image_study *i);
#define cleanup_image_study cleanup(image_study_close)

/* Returns the size of a layer's blob; 0 if the manifest does not give it. */
uint64_t image_study_blob(const struct image_study *i, uint32_t layer);

#endif

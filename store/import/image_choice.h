/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_IMPORT_IMAGE_CHOICE_H
#define MICA_IMPORT_IMAGE_CHOICE_H

#include "import/image_reader.h"

/* Chooses from `n` descriptors, and from indexes among them and nested ones, the image nearest to the
 * wanted platform, in any order; the first of equally near ones. Returns 1, or 0 if there is none.
 * Manifests without a platform in the index come last, by their configs' platforms. If no platform is
 * required, a single image of `list` itself may be for another one. */
int image_reader_choose(struct image_reader *r, const struct descriptor *const *list, size_t n,
                        bool any_platform, struct source_image *ret, struct err *err);

#endif

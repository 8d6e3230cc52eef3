/* SPDX-License-Identifier: Apache-2.0 */
/* Gives names to an image, and reports the images that had them. All return an exit status after messages. */
#ifndef MICA_ACT_NAME_IMAGE_H
#define MICA_ACT_NAME_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "disk/store.h"

/* Is the word an image's name, in full or short, rather than a digest? */
bool name_is_meant(struct store *s, const char *word);

/* Gives `image` all names, or none. */
int name_image(struct store *s, const struct image *image, char *const *names, size_t n,
               enum tx_name_taken taken);
/* Gives it `name` in place of image->name. */
int name_image_instead(struct store *s, const struct image *image, const char *name,
                       enum tx_name_taken taken);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Giving names to an image, and telling which images had them. All return an exit status after messages. */
#ifndef MICA_ACT_NAME_IMAGE_H
#define MICA_ACT_NAME_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "disk/store.h"

/* Is the word a name of an image, in full or short, and not a digest? */
bool name_is_meant(struct store *s, const char *word);

/* Gives `image` all of the names, or none of them. */
int name_image(struct store *s, const struct image *image, char *const *names, size_t n,
               enum tx_name_taken taken);
/* Gives it `name` in place of image->name. */
int name_image_instead(struct store *s, const struct image *image, const char *name,
                       enum tx_name_taken taken);

#endif

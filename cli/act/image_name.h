/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images that something remembers: a name can have moved to another image since. */
#ifndef MICA_ACT_IMAGE_NAME_H
#define MICA_ACT_IMAGE_NAME_H

#include <stdbool.h>

#include "disk/store.h"

/* Does `name` (NULL: none) mean another image than that of `manifest` by now? False where no image has it. */
bool image_name_moved(struct store *s, const char *name, const struct digest *manifest);
/* A table's cell for the image: the name, with " (moved)" where it means another image now. */
#define IMAGE_NAME_MOVED " (moved)"

#endif

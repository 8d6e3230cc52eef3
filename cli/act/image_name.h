/* SPDX-License-Identifier: Apache-2.0 */
/* Stored names of images: a name may have moved to another image since. */
#ifndef MICA_ACT_IMAGE_NAME_H
#define MICA_ACT_IMAGE_NAME_H

#include <stdbool.h>

#include "disk/store.h"

/* Does `name` (NULL: none) now refer to another image than `manifest`? False if no image has it. */
bool image_name_moved(struct store *s, const char *name, const struct digest *manifest);
/* Suffix in a table's cell for an image whose name now refers to another one. */
#define IMAGE_NAME_MOVED " (moved)"

#endif

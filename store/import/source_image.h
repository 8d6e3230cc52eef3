/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MICA_IMPORT_SOURCE_IMAGE_H
#define MICA_IMPORT_SOURCE_IMAGE_H

#include "import/image_reader.h"

/* Parses `json` (taken over on success) as the image's config. */
int source_image_take_config(struct source_image *i, char *json, size_t len, struct err *err);
/* Allocates the layers, one for each diff ID, within the limit. */
int source_image_make_layers(struct source_image *i, size_t n, const struct source_options *opt,
                             struct err *err);
int source_image_add_name(struct source_image *i, const char *name, struct err *err);
int descriptor_set(struct descriptor *d, const char *media_type, const struct digest *digest, uint64_t size);

#endif

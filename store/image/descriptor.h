/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing descriptors (image-spec descriptor.md) and platforms as JSON; inside this folder only.
 */
#ifndef MICA_IMAGE_DESCRIPTOR_H
#define MICA_IMAGE_DESCRIPTOR_H

#include "image/json_text.h"
#include "image/manifest.h"

/* `architecture`, `os` and `variant` of an object: a descriptor's platform or a config. */
int platform_read(const json_t *object, struct platform *ret, struct err *err);
int descriptor_read(json_t *object, struct descriptor *ret, struct err *err);
/* The array `key` of an object, which may be absent. At most `max` of them. */
int descriptor_read_array(const json_t *object, const char *key, size_t max, struct descriptor **ret,
                          size_t *ret_n, struct err *err);
void descriptor_array_free(struct descriptor *d, size_t n);
/* A fresh object, NULL without memory or when the media type is no text. Only what every descriptor has is
 * written. */
json_t *descriptor_write(const struct descriptor *d);

/* A digest as a JSON string. */
int digest_read(const json_t *value, struct digest *ret, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing descriptors (image-spec descriptor.md) and platforms as JSON; private to this
 * folder. */
#ifndef MICA_IMAGE_DESCRIPTOR_H
#define MICA_IMAGE_DESCRIPTOR_H

#include "image/json_text.h"
#include "image/manifest.h"

/* Reads `architecture`, `os` and `variant` of an object: a descriptor's platform or a config. */
int platform_read(const json_t *object, struct platform *ret, struct err *err);
int descriptor_read(json_t *object, struct descriptor *ret, struct err *err);
/* Reads the array `key` of an object, which may be absent, with at most `max` descriptors. */
int descriptor_read_array(const json_t *object, const char *key, size_t max, struct descriptor **ret,
                          size_t *ret_n, struct err *err);
void descriptor_array_free(struct descriptor *d, size_t n);
/* Makes a JSON object with the members that every descriptor has. The caller owns it. NULL on lack of
 * memory or if the media type is not valid text. */
json_t *descriptor_write(const struct descriptor *d);

/* Reads a digest from a JSON string. */
int digest_read(const json_t *value, struct digest *ret, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What an image's config says beside how to start it: labels and the like, which become annotations, and
 * volumes. */
#ifndef MICA_BUNDLE_IMAGE_FACTS_H
#define MICA_BUNDLE_IMAGE_FACTS_H

#include <jansson.h>
#include <stddef.h>

#include "image/manifest.h"
#include "os/err.h"

struct image_facts {
    json_t *annotations; /* object of strings */
    json_t *volumes;     /* array of absolute paths */
};
/* Of the config's text, and what was parsed of it. */
int image_facts_read(const char *text, size_t len, const struct image_config *c, struct image_facts *ret,
                     struct err *err);
void image_facts_clear(struct image_facts *f);

#endif

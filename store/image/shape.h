/* SPDX-License-Identifier: Apache-2.0 */
/* The kind of a JSON document, from its keys, and the check that it has no other reading (CVE-2021-41190:
 * the same bytes were an index to one tool and a manifest to another); private to this folder. */
#ifndef MICA_IMAGE_SHAPE_H
#define MICA_IMAGE_SHAPE_H

#include "image/json_text.h"

enum shape {
    SHAPE_INDEX,    /* an image index or docker's manifest list */
    SHAPE_MANIFEST, /* an OCI or docker schema 2 manifest */
    SHAPE_CONFIG,   /* an image config */
    SHAPE_SCHEMA1,  /* docker's first manifest, which mica does not read */
    SHAPE_ARRAY,    /* docker's manifest.json */
    SHAPE_OTHER,
};

/* Checks that `root` has this shape alone: no key of another shape has a value, and schemaVersion and
 * mediaType, if given, agree. Otherwise -EINVAL with a line that names the actual shape. */
int shape_expect(json_t *root, enum shape shape, struct err *err);

#endif

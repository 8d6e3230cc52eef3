/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which kind of document a JSON text is, told from its keys, and that it can be taken for no other
 * (CVE-2021-41190: the same bytes were an index to one tool and a manifest to another); inside this folder
 * only.
 */
#ifndef MICA_IMAGE_SHAPE_H
#define MICA_IMAGE_SHAPE_H

#include "image/json_text.h"

enum shape {
    SHAPE_INDEX,    /* an image index or docker's manifest list */
    SHAPE_MANIFEST, /* an OCI or docker schema 2 manifest */
    SHAPE_CONFIG,   /* an image config */
    SHAPE_SCHEMA1,  /* docker's first manifest, which nobody here reads */
    SHAPE_ARRAY,    /* docker's manifest.json */
    SHAPE_OTHER,
};

/* 0 when `root` is of this shape alone: no key of another shape has a value in it, and its schemaVersion and
 * mediaType, where given, agree. Else -EINVAL with a line that says what it is instead. */
int shape_expect(json_t *root, enum shape shape, struct err *err);

#endif

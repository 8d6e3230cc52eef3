/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about a file of an image that its attributes do not have: layer, extended attributes, capabilities, digest. */
#ifndef MICA_ACT_LISTING_FACTS_H
#define MICA_ACT_LISTING_FACTS_H

#include <jansson.h>

#include "act/image_arg.h"
#include "show/image_study.h"
#include "show/progress.h"
#include "tree/tree.h"

struct listing_facts {
    const struct image_arg *image;
    struct tree *tree;
    uint32_t first, upto; /* the layers whose names the tree has: first .. upto - 1, the bottom one = 0 */
    /* Private. */
    struct image_study study;
    bool studied;
    struct err err;
};
void listing_facts_done(struct listing_facts *f);

/* Set "name" (of the image), "layer", "xattrs" and "capabilities" of a node. 0 or a negative errno. */
int listing_facts_json(struct listing_facts *f, uint64_t node, json_t *o);

/* The SHA-256 of contents, and how much of them is read. */
struct content_reading {
    struct progress *progress; /* NULL: none is shown */
    char *chunk;
    uint64_t done;
};
void content_reading_done(struct content_reading *c);
int content_digest(struct content_reading *c, struct tree *t, uint64_t node, struct digest *ret);

#endif

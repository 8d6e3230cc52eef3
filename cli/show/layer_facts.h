/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of each layer of an image: by `layers`, `inspect` and `which`. */
#ifndef MICA_SHOW_LAYER_FACTS_H
#define MICA_SHOW_LAYER_FACTS_H

#include <jansson.h>

#include "disk/store.h"

struct layer_facts {
    struct digest diff_id, chain_id;
    const struct descriptor *blob; /* in the image's manifest; NULL when that has no such layer */
    uint64_t size, files;          /* of what it brings, uncompressed; inodes, its root not counted */
    char *command;                 /* that made it, one line; "" when it is not known */
};
/* Of layer `n`, bottom = 0; `below` is the chain ID of the layers beneath, NULL for the bottom one. */
int layer_facts(struct store *s, const struct image *image, size_t n, const struct digest *below,
                struct layer_facts *ret, struct err *err);
void layer_facts_free(struct layer_facts *f);
/* {"layer": n + 1, "diff_id", ...}: a new object, or NULL without memory. */
json_t *layer_facts_json(const struct layer_facts *f, size_t n);

/* How many images other than `image` use layer `diff_id`: counted from a table that is made once. */
struct layer_users;
int layer_users_count(struct store *s, struct layer_users **ret, struct err *err);
size_t layer_users_of(const struct layer_users *u, const struct digest *diff_id);
void layer_users_free(struct layer_users *u);

#endif

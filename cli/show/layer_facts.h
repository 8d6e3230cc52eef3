/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about a layer of an image, for `layers`, `inspect` and `which`. */
#ifndef MICA_SHOW_LAYER_FACTS_H
#define MICA_SHOW_LAYER_FACTS_H

#include <jansson.h>

#include "disk/store.h"

struct layer_facts {
    struct digest diff_id, chain_id;
    const struct descriptor *blob; /* in the image's manifest; NULL if that has no such layer */
    uint64_t size, files;          /* of its files, uncompressed; number of inodes without the root */
    char *command;                 /* that made it, one line; "" if unknown */
};
/* Gets the facts of layer `n`, bottom = 0; `below` is the chain ID of the layers beneath, NULL for the
 * bottom one. */
int layer_facts(struct store *s, const struct image *image, size_t n, const struct digest *below,
                struct layer_facts *ret, struct err *err);
void layer_facts_free(struct layer_facts *f);
/* Makes {"layer": n + 1, "diff_id", ...}: a new object, or NULL on lack of memory. */
json_t *layer_facts_json(const struct layer_facts *f, size_t n);

/* Number of images other than `image` that use layer `diff_id`, from a table that is made once. */
struct layer_users;
int layer_users_count(struct store *s, struct layer_users **ret, struct err *err);
size_t layer_users_of(const struct layer_users *u, const struct digest *diff_id);
void layer_users_free(struct layer_users *u);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that each image, branch and mount of a store needs. */
#ifndef MICA_VERIFY_NEEDS_H
#define MICA_VERIFY_NEEDS_H

#include "disk/object.h"
#include "disk/store.h"

struct needed {
    enum object_kind kind;
    struct digest digest;
};
/* An image's statement that `blob` decompresses to `layer`. */
struct needed_pair {
    struct digest layer, blob;
};
struct need {
    char *name; /* of the image or branch; for an image without a name, its digest */
    bool is_branch, is_mount;
    bool is_named; /* only of images */
    bool is_known; /* complete: manifest and config were readable */
    struct digest manifest;
    struct needed *objects; /* as far as manifest and config were readable */
    size_t n;
    struct digest chain_id; /* of `stack`: DiffIDs, bottom first; NULL if the config is unreadable */
    struct digest *stack;
    size_t n_stack;
};
struct needs {
    struct need *all;
    size_t n;
    struct needed *objects; /* of all needs, each object once */
    size_t n_objects;
    struct needed_pair *pairs; /* may contain duplicates */
    size_t n_pairs;
};

/* Lists the needs of the images that these words name, and of the branches on them; without words, of all. -EUCLEAN
 * with a line if the catalog is unreadable; *ret then has the branches. Free *ret in any case. */
int needs_find(struct store *s, const char *const *images, size_t n, struct needs *ret, struct err *err);
/* Adds the needs of live mounts; `name` is the mount point. */
int needs_add_mounts(struct store *s, struct needs *all, struct err *err);
/* Removes entry `i` from `all`; `objects` stays as it is. */
void needs_remove(struct needs *n, size_t i);
void needs_free(struct needs *n);
bool need_has(const struct need *n, enum object_kind kind, const struct digest *d);

#endif

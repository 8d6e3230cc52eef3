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
/* By what an image says, `blob` decompresses to `layer`. */
struct needed_pair {
    struct digest layer, blob;
};
struct need {
    char *name; /* of the image or branch; of an image without one its digest */
    bool is_branch, is_mount;
    bool is_named; /* an image that has a name */
    bool is_known; /* nothing is missing below: manifest and config could be read */
    struct digest manifest;
    struct needed *objects; /* as far as manifest and config can be read */
    size_t n;
    struct digest chain_id; /* of `stack`: DiffIDs, bottom first; NULL where the config cannot be read */
    struct digest *stack;
    size_t n_stack;
};
struct needs {
    struct need *all;
    size_t n;
    struct needed *objects; /* of all of them, each once */
    size_t n_objects;
    struct needed_pair *pairs; /* may be there more than once */
    size_t n_pairs;
};

/* Of the images of these words, and the branches on them; of all without words. -EUCLEAN with a line when the
 * catalog cannot be read, in `ret` there are the branches then. Free it in any case. */
int needs_find(struct store *s, const char *const *images, size_t n, struct needs *ret, struct err *err);
/* Adds those of live mounts; `name` is the mount point. */
int needs_add_mounts(struct store *s, struct needs *all, struct err *err);
void needs_free(struct needs *n);
bool need_has(const struct need *n, enum object_kind kind, const struct digest *d);

#endif

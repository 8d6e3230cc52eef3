/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A content in all layers of the store, by its SHA-256. Contents are read and compared, not hashes of the index, which an
 * image could have made to fit; those of another size are not read, as soon as the size is known.
 */
#ifndef MICA_ACT_CONTENT_SEARCH_H
#define MICA_ACT_CONTENT_SEARCH_H

#include <stdbool.h>

#include "disk/store.h"

struct content_wanted {
    struct digest digest; /* sha256 */
    uint64_t size;
    bool has_size; /* false: any */
};

/* A file with this content: an inode of a layer. */
struct content_place_found {
    struct digest diff_id;
    uint32_t number;
};

/* A name of such a file. */
struct content_name {
    char *path;
    uint32_t layer; /* of the image, bottom = 0: which brings the name */
    bool visible;
    uint32_t hidden_by; /* the layer that hides it */
};

struct content_search {
    struct store *store;
    struct content_place_found *found;
    size_t n;
    uint64_t size; /* of the content */
};

/* What FILE holds, or "sha256:HEX", or the 64 digits. -EINVAL for what is neither a file nor a digest. */
int content_wanted_read(const char *word, struct content_wanted *ret, struct err *err);

/* Looks through all layers of the images of the store. `progress` is told how many bytes were read, of how many; may be
 * NULL. Free it also after a failure. */
int content_search_run(struct store *s, struct content_wanted *wanted,
                       void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
                       struct content_search *ret, struct err *err);
void content_search_free(struct content_search *c);

/* The names that an image has, or had, for what was found: calls `tell` for each. */
int content_search_names(const struct content_search *c, const struct image *image,
                         int (*tell)(void *ctx, const struct image *image, const struct content_name *name),
                         void *ctx, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches all layers of the store for a content by its SHA-256. Reads and compares contents: an image could be made
 * to match the hashes in the index. Once the size is known, skips contents of another size.
 */
#ifndef MICA_ACT_CONTENT_SEARCH_H
#define MICA_ACT_CONTENT_SEARCH_H

#include <stdbool.h>

#include "disk/store.h"

struct content_wanted {
    struct digest digest; /* sha256 */
    uint64_t size;
    bool has_size; /* false: any size */
};

/* A file with this content: an inode of a layer. */
struct content_place_found {
    struct digest diff_id;
    uint32_t number;
};

/* A name of a file with this content. */
struct content_name {
    char *path;
    uint32_t layer; /* of the image, bottom = 0: the layer that adds the name */
    bool visible;
    uint32_t hidden_by; /* the layer that hides it */
};

struct content_search {
    struct store *store;
    struct content_place_found *found;
    size_t n;
    uint64_t size; /* of the content */
};

/* Reads the digest of the file FILE, or parses "sha256:HEX" or 64 hexadecimal digits. -EINVAL if `word` is neither a
 * file nor a digest. */
int content_wanted_read(const char *word, struct content_wanted *ret, struct err *err);

/* Searches all layers of the store's images. `progress` gets the number of bytes read, and the total; may be NULL.
 * Free *ret also after a failure. */
int content_search_run(struct store *s, struct content_wanted *wanted,
                       void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
                       struct content_search *ret, struct err *err);
void content_search_free(struct content_search *c);

/* Calls `tell` for each name that an image has, or had, for the files found. */
int content_search_names(const struct content_search *c, const struct image *image,
                         int (*tell)(void *ctx, const struct image *image, const struct content_name *name),
                         void *ctx, struct err *err);

#endif

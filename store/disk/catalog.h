/* SPDX-License-Identifier: Apache-2.0 */
/* Which images a store has, and finding one. Names are the annotations of index.json. */
#ifndef MICA_DISK_CATALOG_H
#define MICA_DISK_CATALOG_H

#include <stddef.h>
#include <stdint.h>

#include "image/digest.h"
#include "image/manifest.h"
#include "os/err.h"

struct store;

struct catalog_entry {
    char *name; /* NULL for an image without a name */
    struct descriptor manifest;
    const char *store; /* path of the store that lists it; borrowed */
};
struct catalog {
    struct catalog_entry *entries; /* sorted by name, those without one last */
    size_t n;
};
int store_catalog(struct store *s, struct catalog *ret, struct err *err);
/* With those of the stores that can only be read; a name means the image of the first that has it. */
int store_catalog_all(struct store *s, struct catalog *ret, struct err *err);
void catalog_free(struct catalog *c);

/* All that is known of an image in the store. */
struct image {
    char *name;        /* as in the catalog, or NULL */
    const char *store; /* path of the store that lists it; borrowed */
    struct digest manifest_digest, config_digest;
    struct digest chain_id; /* DIGEST_NONE for an image without layers */
    uint64_t manifest_size;
    char *manifest_json, *config_json; /* the stored bytes, NUL behind */
    size_t manifest_len, config_len;
    struct manifest manifest;
    struct image_config config;
};
/* IMAGE: a name (then NAME:latest), `ALG:HEX`, or an unambiguous prefix of 4 or more digits of a manifest's
 * or config's hex digest. A name comes before a prefix, unless that has ALG or 12 digits, as tables show
 * them; one that ends in @ALG:HEX is refused for an image of another digest. Errors name what there is ("no
 * image \"x\" in STORE; there are: a, b, ..."). */
int store_find_image(struct store *s, const char *image, struct image *ret, struct err *err);
/* The same for who is to change it or its names: -EROFS for an image of a store that is only read. */
int store_find_own_image(struct store *s, const char *image, struct image *ret, struct err *err);
int store_load_image(struct store *s, const struct catalog_entry *e, struct image *ret, struct err *err);
void image_free(struct image *i);

#endif

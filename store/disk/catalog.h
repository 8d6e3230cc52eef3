/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a store's images (catalog.c), finding one (find.c), and loading its documents (image.c). Names are
 * the annotations of index.json. */
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
/* Lists the images of all stores, read-only ones included; a name means the image of the first store that
 * has it. */
int store_catalog_all(struct store *s, struct catalog *ret, struct err *err);
void catalog_free(struct catalog *c);

/* The descriptions of an image in the store. */
struct image {
    char *name;        /* as in the catalog, or NULL */
    const char *store; /* path of the store that lists it; borrowed */
    struct digest manifest_digest, config_digest;
    struct digest chain_id; /* DIGEST_NONE for an image without layers */
    uint64_t manifest_size;
    char *manifest_json, *config_json; /* the stored bytes, NUL-terminated */
    size_t manifest_len, config_len;
    struct manifest manifest;
    struct image_config config;
};
/* Finds an image. `image` is a name (then NAME:latest), `ALG:HEX`, or an unambiguous prefix of 4 or more
 * digits of a manifest's or config's hex digest. A name precedes a prefix, unless that has ALG or 12
 * digits, as in tables; NAME@ALG:HEX is refused if the image has another digest. Error lines list the
 * existing images ("no image \"x\" in STORE; available: a, b, ..."). */
int store_find_image(struct store *s, const char *image, struct image *ret, struct err *err);
/* As store_find_image, before changing the image or its names: -EROFS for an image of a read-only store. */
int store_find_own_image(struct store *s, const char *image, struct image *ret, struct err *err);
/* Does the word have the form of a digest, as tables show it or with its algorithm? Then it means an image of
 * this digest before one of this name. */
bool store_is_plain_digest(const char *image);
/* -EUCLEAN with a line when the word is NAME@DIGEST and the entry has another digest: the maker of an image
 * chooses its names. */
int store_check_pin(const char *image, const struct catalog_entry *e, struct err *err);
int store_load_image(struct store *s, const struct catalog_entry *e, struct image *ret, struct err *err);
void image_free(struct image *i);

#endif

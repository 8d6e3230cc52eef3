/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of a layer's contents that are stored once for several files or layers (store/FORMAT.md, "places").
 *
 * An index gives each content its place in the layer's pack. A layer with equal contents has a file `places`
 * beside its index: it maps such a place to the pack that holds the bytes, and to their offset there. Packs are
 * `packs/N`: number 0 is the layer's own, others are hard links to packs of other layers.
 */
#ifndef MICA_TREE_PLACES_H
#define MICA_TREE_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "os/err.h"

#define PLACES_NAME     "places" /* in the layer's directory */
#define PLACES_OWN_PACK 0u

struct places;

/* A content's bytes: `size` bytes at `at` of packs/`pack`. */
struct place {
    uint64_t from; /* the place in the index */
    uint64_t at;
    uint32_t size, pack;
};

/* Opens the table of a layer. Sets *ret to NULL if it has none: then all contents are in `pack`. -EUCLEAN with a
 * line for a damaged table, one that others could write, or a file that is no table. */
int places_open(int layer_fd, struct places **ret, struct err *err);
void places_free(struct places *p); /* accepts NULL */
/* Identifies the file, so that a layer that was replaced is noticed: true if the layer's table is `p` (NULL: none). */
bool places_is_of(const struct places *p, int layer_fd);
/* Releases the mapped pages; they stay in the page cache. Accepts NULL. */
void places_rest(const struct places *p);

uint64_t places_count(const struct places *p); /* 0 for NULL */
/* Gets entry n; -EUCLEAN if it is damaged. */
int places_get(const struct places *p, uint64_t n, struct place *ret);
/* Finds the bytes of the content of `size` bytes with this place in the index. Without a table, or without an entry
 * in it, they are at their place in the layer's own pack. -EUCLEAN: damaged, or an entry of another size. */
int places_find(const struct places *p, uint64_t from, uint64_t size, struct place *ret);

/* Writes the path of a pack in the layer's directory: "pack" for a layer without a table, or "packs/N". */
#define PLACES_PATH_MAX 24
const char *places_pack_path(const struct places *p, uint32_t pack, char buf[PLACES_PATH_MAX]);
/* Is this a name of packs/? */
bool places_is_pack_name(const char *name, uint32_t *ret);

#endif

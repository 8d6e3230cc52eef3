/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contents that a store and a running import have, so that equal ones are stored once.
 *
 * A table of checksums from the layers' indexes, in memory: it only proposes candidates. The writer of a content
 * compares the bytes before it shares them, so that neither a checksum nor an undamaged disk has to be trusted.
 * Layers share by hard links: each layer's directory holds all of its bytes under names of its own, whatever becomes
 * of the others. Thread-safe.
 */
#ifndef MICA_IMPORT_KNOWN_H
#define MICA_IMPORT_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct known;
struct known_layer;

#define KNOWN_FILE UINT32_MAX /* instead of a pack: the content is files/`at` */
#define KNOWN_MAX  4u         /* candidates for one content */

struct known_content {
    uint64_t hash, size; /* XXH3-64 as in the index; bytes */
    uint64_t at;         /* offset in the pack, or number of the file */
    struct known_layer *layer;
    uint32_t pack; /* as in tree/places.h, or KNOWN_FILE */
};

/* Lists the contents of the store's own layers; skips damaged ones. NULL on lack of memory. `s` is borrowed for the
 * result's life. */
struct known *known_new(struct store *s);
void known_free(struct known *k); /* accepts NULL */

/* Gets the candidates for a content: returns their number, at most KNOWN_MAX. If there are none, adds the content as
 * one, before any other thread can ask. */
size_t known_find_or_add(struct known *k, const struct known_content *c, struct known_content ret[KNOWN_MAX]);
/* Gets the contents of `size` bytes in files of their own. */
size_t known_of_size(struct known *k, uint64_t size, struct known_content ret[KNOWN_MAX]);
/* Adds a content that is none of its candidates. Without memory it is not found later. */
void known_add(struct known *k, const struct known_content *c);

/* ---- layers (known_layer.c) */

/* Adds a layer that is going to be unpacked into directory `name` of `parent`, a transaction's, which is
 * borrowed for the life of `k`. NULL on lack of memory or for a long name: the layer shares nothing. */
struct known_layer *known_layer_begin(struct known *k, int parent, const char *name);
/* The table that the layer is in. */
struct known *known_of_layer(const struct known_layer *l);
/* The layer's pack has a writer: `flush` writes it out up to an offset. It is called with the layer's lock held, from
 * any thread, until known_layer_done. */
void known_layer_writes(struct known_layer *l, void (*flush)(void *ctx, uint64_t to), void *ctx);
/* The layer is complete: with or without a table of places. Called with its lock held. */
void known_layer_done(struct known_layer *l, bool has_places);
/* Guards what `flush` uses. A thread holds at most one layer's lock. */
void known_layer_lock(struct known_layer *l);
void known_layer_unlock(struct known_layer *l);

/* Makes the bytes of a pack of the layer readable up to offset `to`. */
void known_layer_flush(struct known_layer *l, uint64_t to);
/* Makes a hard link `name` in `dirfd` to a pack, or to files/`number`. Negative errno. */
int known_link_pack(struct known_layer *l, uint32_t pack, int dirfd, const char *name);
int known_link_file(struct known_layer *l, uint64_t number, int dirfd, const char *name);
/* Opens files/`number` for reading: a descriptor or a negative errno. */
int known_open_file(struct known_layer *l, uint64_t number);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The structures behind known.h, for known*.c and their test. */
#ifndef MICA_IMPORT_KNOWN_TABLE_H
#define MICA_IMPORT_KNOWN_TABLE_H

#include <pthread.h>

#include "disk/store.h"
#include "import/known.h"
#include "indexing/hash_slots.h"

struct known_layer {
    struct known_layer *next;
    struct known *known;
    struct store *store;   /* has the layer `diff_id`; NULL: it is being made as `name` in `parent` */
    struct digest diff_id; /* of a layer of the store */
    int parent;
    char name[64];
    pthread_mutex_t lock; /* guards the members below */
    bool has_places;
    void (*flush)(void *ctx, uint64_t to); /* NULL: everything is written */
    void *ctx;
};

struct known_table {
    struct known_content *all;
    size_t n;
    uint64_t seed;
    struct hash_slots by_hash,
        by_size; /* numbers: index in `all` + 1; by_size: those in files of their own */
};

struct known {
    pthread_mutex_t lock; /* guards all members */
    struct known_table table;
    struct known_layer *layers;
};

/* Up to `max` contents with hash and size of `c`. */
size_t known_table_find(const struct known_table *t, const struct known_content *c, struct known_content *ret,
                        size_t max);
size_t known_table_of_size(const struct known_table *t, uint64_t size, struct known_content *ret, size_t max);
/* Adds a content unless there are KNOWN_MAX of its hash and size already. -ENOMEM. */
int known_table_add(struct known_table *t, const struct known_content *c);
void known_table_free(struct known_table *t);

/* Makes a layer of the store. NULL on lack of memory. */
struct known_layer *known_layer_stored(struct known *k, struct store *s, const struct digest *diff_id);
void known_layers_free(struct known *k);

#endif

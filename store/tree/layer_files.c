/* SPDX-License-Identifier: Apache-2.0 */
#include "tree/layer_files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/array.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "tree/index_format.h"
#include "tree/places.h"

/* One directory of a layer. Immutable, and kept until the end: another thread may be reading it. */
struct version {
    struct places *places; /* NULL: the layer has no table */
    uint16_t number;
    struct version *before;
};

struct layer_files {
    const struct index *ix;
    int layers_fd;
    int *also;
    size_t n_also;
    pthread_mutex_t lock;              /* held to replace a version */
    _Atomic(struct version *) *layers; /* NULL: not looked at yet */
};

struct layer_files *layer_files_new(const struct index *ix, int layers_fd)
{
    struct layer_files *f = calloc(1, sizeof(*f));

    if (!f)
        return NULL;
    f->ix = ix;
    f->layers_fd = layers_fd;
    f->layers = calloc((size_t)index_layers(ix) + 1, sizeof(*f->layers));
    if (!f->layers) {
        free(f);
        return NULL;
    }
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

void layer_files_free(struct layer_files *f)
{
    if (!f)
        return;
    for (uint32_t i = 0; i < index_layers(f->ix); i++) {
        for (struct version *v = atomic_load(&f->layers[i]), *before; v; v = before) {
            before = v->before;
            places_free(v->places);
            free(v);
        }
    }
    for (size_t i = 0; i < f->n_also; i++)
        close(f->also[i]);
    pthread_mutex_destroy(&f->lock);
    free(f->layers);
    free(f->also);
    free(f);
}

int layer_files_also(struct layer_files *f, int layers_fd)
{
    int *more = array_room(f->also, f->n_also, sizeof(*more));

    if (!more)
        return -ENOMEM;
    f->also = more;
    more[f->n_also++] = layers_fd;
    return 0;
}

void layer_files_rest(struct layer_files *f)
{
    for (uint32_t i = 0; i < index_layers(f->ix); i++) {
        const struct version *v = atomic_load(&f->layers[i]);

        if (v)
            places_rest(v->places);
    }
}

static int open_layer(const struct layer_files *f, uint32_t layer)
{
    const uint8_t *digest;
    size_t len, n = 0;
    char name[129];
    int r = index_layer(f->ix, layer, &digest, &len);

    if (r < 0)
        return r;
    for (size_t i = 0; i < len; i++)
        n += (size_t)snprintf(name + n, sizeof(name) - n, "%02x", digest[i]);
    r = beneath_open(f->layers_fd, name, O_RDONLY | O_DIRECTORY, 0);
    for (size_t i = 0; r == -ENOENT && i < f->n_also; i++)
        r = beneath_open(f->also[i], name, O_RDONLY | O_DIRECTORY, 0);
    return r;
}

/* Makes the version of a layer's directory current. Called with the lock held. */
static int read_version(struct layer_files *f, uint32_t layer, int dir, const struct version **ret)
{
    struct version *before = atomic_load(&f->layers[layer]), *v = calloc(1, sizeof(*v));
    int r = v ? places_open(dir, &v->places, NULL) : -ENOMEM;

    if (r < 0) {
        free(v);
        return r;
    }
    v->number = before ? (uint16_t)(before->number + 1) : 0;
    v->before = before;
    atomic_store(&f->layers[layer], v);
    *ret = v;
    return 0;
}

/* Gets the version that the directory is of. */
static int version_of(struct layer_files *f, uint32_t layer, int dir, const struct version **ret)
{
    int r = 0;

    pthread_mutex_lock(&f->lock);
    *ret = atomic_load(&f->layers[layer]);
    if (!*ret || !places_is_of((*ret)->places, dir))
        r = read_version(f, layer, dir, ret);
    pthread_mutex_unlock(&f->lock);
    return r;
}

/* A tree has at most 2^16 layers, a layer fewer than 2^32 files and packs. */
#define IS_LISTED   (UINT64_C(1) << 63) /* a pack of a layer with a table */
#define VERSION_MAX 0x7fffu

static int find(const struct version *v, const struct index_inode *in, struct layer_file *ret,
                struct place *ret_place)
{
    uint64_t key = (uint64_t)(v->number & VERSION_MAX) << 48 | (uint64_t)in->layer << 32;
    int r;

    if (in->flags & INODE_OWN_FILE) {
        *ret = (struct layer_file){.key = key | in->place, .at = 0};
        return 0;
    }
    r = places_find(v->places, in->place, in->size, ret_place);
    if (r == 0)
        *ret = (struct layer_file){.key = key | ret_place->pack | (v->places ? IS_LISTED : 0),
                                   .at = ret_place->at};
    return r;
}

int layer_files_find(struct layer_files *f, const struct index_inode *in, struct layer_file *ret)
{
    const struct version *v = in->layer < index_layers(f->ix) ? atomic_load(&f->layers[in->layer]) : NULL;
    struct place place;

    if (in->layer >= index_layers(f->ix))
        return -EUCLEAN;
    if (!v) {
        cleanup_fd int dir = open_layer(f, in->layer);
        int r = dir < 0 ? dir : version_of(f, in->layer, dir, &v);

        if (r < 0)
            return r == -ENOENT ? -EUCLEAN : r;
    }
    return find(v, in, ret, &place);
}

int layer_files_open(struct layer_files *f, const struct index_inode *in, struct layer_file *ret)
{
    cleanup_fd int dir = in->layer < index_layers(f->ix) ? open_layer(f, in->layer) : -EUCLEAN;
    const struct version *v;
    struct place place;
    char path[PLACES_PATH_MAX + sizeof("files/")];
    int r = dir < 0 ? dir : version_of(f, in->layer, dir, &v);

    if (r == 0)
        r = find(v, in, ret, &place);
    if (r == 0) {
        if (in->flags & INODE_OWN_FILE)
            snprintf(path, sizeof(path), "files/%llu", (unsigned long long)in->place);
        else
            places_pack_path(v->places, place.pack, path);
        r = beneath_open(dir, path, O_RDONLY | O_NOCTTY, 0);
    }
    /* A layer without its content is damaged: ENOENT would mean that the name is gone. */
    return r == -ENOENT ? -EUCLEAN : r;
}

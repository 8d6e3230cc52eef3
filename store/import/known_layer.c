/* SPDX-License-Identifier: Apache-2.0 */
/* The directories of layers whose contents are shared. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk/object.h"
#include "import/known_table.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "tree/places.h"

#define FILE_PATH_MAX 32

static struct known_layer *add(struct known *k, const struct known_layer *like)
{
    struct known_layer *l = malloc(sizeof(*l));

    if (!l)
        return NULL;
    *l = *like;
    l->known = k;
    pthread_mutex_init(&l->lock, NULL);
    pthread_mutex_lock(&k->lock);
    l->next = k->layers;
    k->layers = l;
    pthread_mutex_unlock(&k->lock);
    return l;
}

struct known_layer *known_layer_stored(struct known *k, struct store *s, const struct digest *diff_id)
{
    return add(k, &(struct known_layer){.store = s, .diff_id = *diff_id});
}

struct known_layer *known_layer_begin(struct known *k, int parent, const char *name)
{
    struct known_layer l = {.parent = parent};

    if (strlen(name) >= sizeof(l.name))
        return NULL;
    strcpy(l.name, name);
    return add(k, &l);
}

struct known *known_of_layer(const struct known_layer *l)
{
    return l->known;
}

void known_layer_writes(struct known_layer *l, void (*flush)(void *ctx, uint64_t to), void *ctx)
{
    known_layer_lock(l);
    l->flush = flush;
    l->ctx = ctx;
    known_layer_unlock(l);
}

void known_layers_free(struct known *k)
{
    for (struct known_layer *l = k->layers, *next; l; l = next) {
        next = l->next;
        pthread_mutex_destroy(&l->lock);
        free(l);
    }
}

void known_layer_lock(struct known_layer *l)
{
    pthread_mutex_lock(&l->lock);
}

void known_layer_unlock(struct known_layer *l)
{
    pthread_mutex_unlock(&l->lock);
}

void known_layer_done(struct known_layer *l, bool has_places)
{
    l->has_places = has_places;
    l->flush = NULL;
}

void known_layer_flush(struct known_layer *l, uint64_t to)
{
    known_layer_lock(l);
    if (l->flush)
        l->flush(l->ctx, to);
    known_layer_unlock(l);
}

static int open_directory(const struct known_layer *l)
{
    return l->store ? object_open(l->store, OBJECT_LAYER, &l->diff_id, NULL, NULL)
                    : beneath_open(l->parent, l->name, O_RDONLY | O_DIRECTORY, 0);
}

static int link_to(const struct known_layer *l, const char *path, int dirfd, const char *name)
{
    cleanup_fd int dir = open_directory(l);

    if (dir < 0)
        return dir;
    return linkat(dir, path, dirfd, name, 0) < 0 ? -errno : 0;
}

int known_link_pack(struct known_layer *l, uint32_t pack, int dirfd, const char *name)
{
    char path[PLACES_PATH_MAX] = "pack";
    int r;

    /* The lock keeps the pack's name. */
    known_layer_lock(l);
    if (l->has_places)
        snprintf(path, sizeof(path), "packs/%" PRIu32, pack);
    r = link_to(l, path, dirfd, name);
    known_layer_unlock(l);
    return r;
}

static void file_path(uint64_t number, char buf[FILE_PATH_MAX])
{
    snprintf(buf, FILE_PATH_MAX, "files/%" PRIu64, number);
}

int known_link_file(struct known_layer *l, uint64_t number, int dirfd, const char *name)
{
    char path[FILE_PATH_MAX];

    file_path(number, path);
    return link_to(l, path, dirfd, name);
}

int known_open_file(struct known_layer *l, uint64_t number)
{
    cleanup_fd int dir = open_directory(l);
    char path[FILE_PATH_MAX];

    file_path(number, path);
    return dir < 0 ? dir : beneath_open(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
}

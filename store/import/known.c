/* SPDX-License-Identifier: Apache-2.0 */
#include "import/known.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "disk/object.h"
#include "import/known_table.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "tree/places.h"

/* Adds a content of a stored layer. A shared one is that of another layer: it is added only if that layer is gone. */
static int add_stored(struct known_table *t, struct known_layer *l, const struct places *places,
                      const struct index_inode *in)
{
    struct known_content c = {
        .hash = in->content_hash, .size = in->size, .at = in->place, .layer = l, .pack = KNOWN_FILE};
    struct known_content same;
    struct place p;

    if (in->flags & INODE_OWN_FILE)
        return known_table_find(t, &c, &same, 1) ? 0 : known_table_add(t, &c);
    if (places_find(places, in->place, in->size, &p) < 0)
        return 0;
    c.pack = p.pack;
    c.at = p.at;
    if ((p.pack != PLACES_OWN_PACK || p.at != p.from) && known_table_find(t, &c, &same, 1))
        return 0;
    return known_table_add(t, &c);
}

static int add_contents(struct known *k, struct known_layer *l, const struct index *ix,
                        const struct places *places)
{
    int r = 0;

    l->has_places = places != NULL;
    for (uint64_t i = 1; r == 0 && i <= index_inodes(ix); i++) {
        struct index_inode in;

        if (index_inode(ix, i, &in) < 0)
            return 0;
        if (S_ISREG(in.mode) && !(in.flags & INODE_LOWER_LINK) && in.size)
            r = add_stored(&k->table, l, places, &in);
    }
    return r;
}

/* Skips a layer that cannot be read. -ENOMEM. */
static int add_layer(struct known *k, struct store *s, const struct digest *diff_id)
{
    cleanup_fd int dir = object_open(s, OBJECT_LAYER, diff_id, NULL, NULL);
    struct places *places = NULL;
    struct known_layer *l;
    struct index *ix;
    int r = 0;

    if (dir < 0 || places_open(dir, &places, NULL) < 0)
        return 0;
    if (store_open_layer_index(s, diff_id, &ix, NULL) == 0) {
        l = known_layer_stored(k, s, diff_id);
        r = l ? add_contents(k, l, ix, places) : -ENOMEM;
        index_free(ix);
    }
    places_free(places);
    return r;
}

struct known *known_new(struct store *s)
{
    struct known *k = calloc(1, sizeof(*k));
    cleanup_dir DIR *dir = NULL;
    int end = 0, r;

    if (!k)
        return NULL;
    pthread_mutex_init(&k->lock, NULL);
    if (getrandom(&k->table.seed, sizeof(k->table.seed), GRND_NONBLOCK) < 0)
        k->table.seed = (uint64_t)(uintptr_t)k;
    r = dir_of(store_open_dir(s, "layers"), &dir);
    for (const struct dirent *e; r == 0 && (e = dir_next(dir, &end));) {
        struct digest diff_id;

        if (digest_parse_hex(e->d_name, &diff_id) == 0)
            r = add_layer(k, s, &diff_id);
    }
    if (r == -ENOMEM) {
        known_free(k);
        return NULL;
    }
    return k;
}

void known_free(struct known *k)
{
    if (!k)
        return;
    known_table_free(&k->table);
    known_layers_free(k);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

size_t known_find_or_add(struct known *k, const struct known_content *c, struct known_content ret[KNOWN_MAX])
{
    size_t n;

    pthread_mutex_lock(&k->lock);
    n = known_table_find(&k->table, c, ret, KNOWN_MAX);
    if (n == 0)
        (void)known_table_add(&k->table, c);
    pthread_mutex_unlock(&k->lock);
    return n;
}

size_t known_of_size(struct known *k, uint64_t size, struct known_content ret[KNOWN_MAX])
{
    size_t n;

    pthread_mutex_lock(&k->lock);
    n = known_table_of_size(&k->table, size, ret, KNOWN_MAX);
    pthread_mutex_unlock(&k->lock);
    return n;
}

void known_add(struct known *k, const struct known_content *c)
{
    pthread_mutex_lock(&k->lock);
    (void)known_table_add(&k->table, c);
    pthread_mutex_unlock(&k->lock);
}

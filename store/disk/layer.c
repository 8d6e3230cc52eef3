/* SPDX-License-Identifier: Apache-2.0 */
/* Layers and trees: opening them, and the blobs that a layer comes from. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "disk/object.h"
#include "disk/store.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/dir.h"
#include "tree/image_tree.h"
#include "tree/places.h"

static void cleanup_index_p(struct index **ix)
{
    if (*ix)
        index_free(*ix);
}

#define cleanup_index cleanup(cleanup_index_p)

bool store_has_layer(struct store *s, const struct digest *diff_id)
{
    return object_exists(store_with(s, OBJECT_LAYER, diff_id), OBJECT_LAYER, diff_id);
}

int store_open_layer(struct store *s, const struct digest *diff_id, struct err *err)
{
    return object_open(store_with(s, OBJECT_LAYER, diff_id), OBJECT_LAYER, diff_id, NULL, err);
}

int store_open_layer_index(struct store *s, const struct digest *diff_id, struct index **ret, struct err *err)
{
    char label[OBJECT_LABEL_MAX];
    cleanup_fd int dir = store_open_layer(s, diff_id, err);
    cleanup_fd int fd = -1;

    if (dir < 0)
        return dir;
    object_label(OBJECT_LAYER, diff_id, label);
    fd = beneath_open(dir, "index", O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return err_errno(err, -fd, "cannot open the index of %s in %s", label, s->path);
    return index_open(fd, label, INDEX_LAYER, ret, err);
}

/* Opens the layer's own pack: -ENOENT without it, -EUCLEAN if its table of places is damaged. */
static int open_pack(int layer)
{
    char path[PLACES_PATH_MAX];
    struct places *places;
    int r = places_open(layer, &places, NULL);

    if (r < 0)
        return r;
    r = beneath_open(layer, places_pack_path(places, PLACES_OWN_PACK, path), O_RDONLY | O_NONBLOCK, 0);
    places_free(places);
    return r;
}

bool store_layer_opens(struct store *s, const struct digest *diff_id)
{
    cleanup_fd int dir = store_open_layer(s, diff_id, NULL), pack = -1;
    cleanup_index struct index *ix = NULL;
    struct stat st;

    if (dir < 0 || store_open_layer_index(s, diff_id, &ix, NULL) < 0)
        return false;
    pack = open_pack(dir);
    return pack >= 0 && fstat(pack, &st) == 0 && S_ISREG(st.st_mode);
}

bool store_layer_is_from(struct store *all, const struct digest *diff_id, const struct digest *blob)
{
    char path[OBJECT_PATH_MAX], name[DIGEST_STRING_MAX];
    struct stat st;
    struct store *s;
    size_t len;

    if (object_path(OBJECT_LAYER, diff_id, path) < 0 || digest_len(blob->alg) == 0)
        return false;
    len = strlen(path);
    snprintf(path + len, sizeof(path) - len, "/from/%s", from_name(blob, name));
    for (size_t i = 0; (s = store_member(all, i)); i++)
        if (fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            return true;
    return false;
}

bool store_has_tree(struct store *s, const struct digest *chain_id)
{
    return object_exists(store_with(s, OBJECT_TREE, chain_id), OBJECT_TREE, chain_id);
}

/* Gets the digests in a tree's table of layers, bottom first. */
static int tree_layers(const struct index *ix, struct digest **ret, uint32_t *ret_n)
{
    uint32_t n = index_layers(ix);
    cleanup_free struct digest *ids = NULL;

    if (n > MANIFEST_MAX_LAYERS)
        return -EUCLEAN;
    ids = calloc(n + 1, sizeof(*ids));
    if (!ids)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *bytes;
        size_t len;
        int r = index_layer(ix, i, &bytes, &len);

        if (r == 0)
            r = digest_from_bytes(bytes, len, &ids[i]);
        if (r < 0)
            return r == -EINVAL ? -EUCLEAN : r;
    }
    *ret = steal_ptr(&ids);
    *ret_n = n;
    return 0;
}

/* Opens a tree and checks that its stack is the one of its name. */
static int open_tree(struct store *s, const struct digest *chain_id, struct index **ret,
                     struct digest **ret_ids, uint32_t *ret_n, struct err *err)
{
    char label[OBJECT_LABEL_MAX];
    cleanup_index struct index *ix = NULL;
    cleanup_free struct digest *ids = NULL;
    struct digest chain;
    cleanup_fd int fd = -1;
    uint32_t n;
    int r;

    s = store_with(s, OBJECT_TREE, chain_id);
    fd = object_open(s, OBJECT_TREE, chain_id, NULL, err);
    if (fd < 0)
        return fd;
    object_label(OBJECT_TREE, chain_id, label);
    r = index_open(fd, label, INDEX_TREE, &ix, err);
    if (r < 0)
        return r;
    r = tree_layers(ix, &ids, &n);
    if (r == 0)
        r = digest_chain(ids, n, &chain);
    if (r < 0)
        return err_errno(err, -r, "cannot read the table of layers of %s in %s", label, s->path);
    if (!digest_equal(&chain, chain_id))
        return err_set(err, EUCLEAN, "%s in %s is damaged: it is a tree of other layers", label, s->path);
    *ret = steal_ptr(&ix);
    *ret_ids = steal_ptr(&ids);
    *ret_n = n;
    return 0;
}

int store_open_tree_index(struct store *s, const struct digest *chain_id, struct index **ret, struct err *err)
{
    cleanup_free struct digest *ids = NULL;
    uint32_t n;

    return open_tree(s, chain_id, ret, &ids, &n, err);
}

bool store_tree_opens(struct store *s, const struct digest *chain_id)
{
    cleanup_index struct index *ix = NULL;

    return store_open_tree_index(s, chain_id, &ix, NULL) == 0;
}

/* Adds the layers of read-only stores. */
static int add_layers(struct store *s, struct tree *t)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < s->n_also; i++) {
        cleanup_fd int layers = store_open_dir(s->also[i], "layers");

        r = layers < 0 ? layers : image_tree_also(t, layers);
        if (r == 0)
            steal_fd(&layers);
    }
    return r;
}

int store_tree_of(struct store *s, struct index *index, unsigned max_fds, struct tree **ret, struct err *err)
{
    cleanup_index struct index *ix = index;
    cleanup_fd int layers = store_open_dir(s, "layers");
    int r = layers < 0 ? layers : image_tree_new(ix, layers, max_fds, ret);

    if (r < 0)
        return err_errno(err, -r, "cannot open the layers in %s", s->path);
    /* The tree owns them now. */
    ix = NULL;
    steal_fd(&layers);
    r = add_layers(s, *ret);
    if (r < 0) {
        tree_free(*ret);
        *ret = NULL;
        return err_errno(err, -r, "cannot open the layers in %s", s->path);
    }
    return 0;
}

int store_open_tree(struct store *s, const struct digest *chain_id, unsigned max_fds, struct tree **ret,
                    struct err *err)
{
    char label[OBJECT_LABEL_MAX];
    cleanup_index struct index *ix = NULL;
    cleanup_free struct digest *ids = NULL;
    uint32_t n;
    int r = open_tree(s, chain_id, &ix, &ids, &n, err);

    if (r < 0)
        return r;
    /* The tree opens a layer at its first read: report a missing one now. */
    for (uint32_t i = 0; i < n; i++)
        if (!store_has_layer(s, &ids[i]))
            return err_set(err, ENOENT, "%s is not in %s", object_label(OBJECT_LAYER, &ids[i], label),
                           s->path);
    struct index *own = ix;
    ix = NULL;
    r = store_tree_of(s, own, max_fds, ret, err);
    if (r < 0)
        return err_prefix(err, r, "%s", object_label(OBJECT_TREE, chain_id, label));
    return 0;
}

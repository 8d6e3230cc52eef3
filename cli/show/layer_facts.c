/* SPDX-License-Identifier: Apache-2.0 */
#include "show/layer_facts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "show/json_out.h"

int layer_facts(struct store *s, const struct image *image, size_t n, const struct digest *below,
                struct layer_facts *ret, struct err *err)
{
    struct layer_facts f = {.diff_id = image->config.diff_ids[n]};
    struct index *ix;

    /* The chain ID follows from the one below and one layer: no need to start at the bottom. */
    const struct digest chain[] = {below ? *below : f.diff_id, f.diff_id};
    int r = digest_chain(chain, below ? 2 : 1, &f.chain_id);
    if (r < 0)
        return err_errno(err, -r, "chain of layers");
    if (n < image->manifest.n_layers)
        f.blob = &image->manifest.layers[n];
    r = store_open_layer_index(s, &f.diff_id, &ix, err);
    if (r < 0)
        return r;
    f.size = index_content_size(ix);
    f.files = index_inodes(ix) ? index_inodes(ix) - 1 : 0;
    index_free(ix);
    f.command = history_command(image_config_layer_history(&image->config, n));
    if (!f.command)
        return err_set(err, ENOMEM, "out of memory");
    *ret = f;
    return 0;
}

void layer_facts_free(struct layer_facts *f)
{
    free(f->command);
    *f = (struct layer_facts){0};
}

static int set_blob(json_t *o, const struct descriptor *blob)
{
    if (!blob)
        return 0;
    if (json_set_digest(o, "blob_digest", &blob->digest) < 0 ||
        json_set_str(o, "media_type", blob->media_type) < 0)
        return -ENOMEM;
    return json_set_number(o, "blob_size", blob->size);
}

json_t *layer_facts_json(const struct layer_facts *f, size_t n)
{
    json_t *o = json_object();

    if (!o || json_set_number(o, "layer", n + 1) < 0 || json_set_digest(o, "diff_id", &f->diff_id) < 0 ||
        json_set_digest(o, "chain_id", &f->chain_id) < 0 || set_blob(o, f->blob) < 0 ||
        json_set_number(o, "size", f->size) < 0 || json_set_number(o, "files", f->files) < 0 ||
        json_set_str(o, "command", *f->command ? f->command : NULL) < 0) {
        json_decref(o);
        return NULL;
    }
    return o;
}

/* An entry for each image and layer of it; sorted, so that a layer's images are adjacent. */
struct use {
    struct digest layer, image;
};
struct layer_users {
    struct use *uses;
    size_t n, cap;
};

static int compare_uses(const void *a, const void *b)
{
    static_assert(sizeof(struct use) == 2 * (sizeof(enum digest_alg) + 64), "padding cannot be compared");
    return memcmp(a, b, sizeof(struct use));
}

static int add_image(struct layer_users *u, const struct image *image)
{
    size_t more = image->config.n_diff_ids;

    if (u->n + more > u->cap) {
        size_t cap = (u->n + more) * 2;
        struct use *uses = reallocarray(u->uses, cap, sizeof *uses);
        if (!uses)
            return -ENOMEM;
        u->uses = uses;
        u->cap = cap;
    }
    for (size_t i = 0; i < more; i++)
        u->uses[u->n++] = (struct use){image->config.diff_ids[i], image->manifest_digest};
    return 0;
}

int layer_users_count(struct store *s, struct layer_users **ret, struct err *err)
{
    struct catalog catalog = {0};
    struct layer_users *u = calloc(1, sizeof *u);

    int r = u ? store_catalog_all(s, &catalog, err) : err_set(err, ENOMEM, "out of memory");
    for (size_t i = 0; i < catalog.n && r == 0; i++) {
        struct image image = {0};
        /* An unreadable image is reported by the verbs that read it. */
        if (store_load_image(s, &catalog.entries[i], &image, NULL) == 0 && add_image(u, &image) < 0)
            r = err_set(err, ENOMEM, "out of memory");
        image_free(&image);
    }
    catalog_free(&catalog);
    if (r < 0) {
        layer_users_free(u);
        return r;
    }
    if (u->n)
        qsort(u->uses, u->n, sizeof *u->uses, compare_uses);
    *ret = u;
    return 0;
}

size_t layer_users_of(const struct layer_users *u, const struct digest *diff_id)
{
    size_t count = 0;
    const struct digest *last = NULL;

    for (size_t i = 0; i < u->n; i++) {
        if (!digest_equal(&u->uses[i].layer, diff_id) || (last && digest_equal(last, &u->uses[i].image)))
            continue;
        last = &u->uses[i].image; /* a further name, or a second use of the layer, is no other image */
        count++;
    }
    return count;
}

void layer_users_free(struct layer_users *u)
{
    if (u)
        free(u->uses);
    free(u);
}

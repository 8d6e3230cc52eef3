/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the descriptions of one image: manifest and config, checked against each other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "disk/store.h"
#include "os/cleanup.h"

void image_free(struct image *i)
{
    if (!i)
        return;
    free(i->name);
    free(i->manifest_json);
    free(i->config_json);
    manifest_free(&i->manifest);
    image_config_free(&i->config);
    *i = (struct image){.name = NULL};
}

#define cleanup_image cleanup(image_free)

/* Reads the blob of a descriptor and checks its size. */
static int read_described(struct store *s, const struct descriptor *d, char **ret, size_t *ret_len,
                          struct err *err)
{
    char text[DIGEST_STRING_MAX];
    int r = store_read_blob(s, &d->digest, ret, ret_len, err);

    if (r < 0)
        return r;
    if (*ret_len != d->size)
        return err_set(err, EBADMSG, "blob %s has %zu bytes, but its descriptor %llu",
                       digest_string(&d->digest, text), *ret_len, (unsigned long long)d->size);
    return 0;
}

static int load_manifest(struct store *s, const struct descriptor *d, struct image *i, struct err *err)
{
    int r;

    if (media_kind(d->media_type) == MEDIA_INDEX)
        return err_set(err, EINVAL, "it is an index of images, not an image");
    r = read_described(s, d, &i->manifest_json, &i->manifest_len, err);
    if (r == 0)
        r = manifest_parse(i->manifest_json, i->manifest_len, &i->manifest, err);
    if (r < 0)
        return r;
    i->manifest_digest = d->digest;
    i->manifest_size = i->manifest_len;
    i->config_digest = i->manifest.config.digest;
    return 0;
}

static int load_config(struct store *s, struct image *i, struct err *err)
{
    int r = read_described(s, &i->manifest.config, &i->config_json, &i->config_len, err);

    if (r == 0)
        r = image_config_parse(i->config_json, i->config_len, &i->config, err);
    if (r < 0)
        return r;
    if (i->config.n_diff_ids != i->manifest.n_layers)
        return err_set(err, EINVAL, "the manifest has %zu layers, but the config has %zu",
                       i->manifest.n_layers, i->config.n_diff_ids);
    r = digest_chain(i->config.diff_ids, i->config.n_diff_ids, &i->chain_id);
    return r < 0 ? err_errno(err, -r, "cannot compute the chain ID") : 0;
}

int store_load_image(struct store *s, const struct catalog_entry *e, struct image *ret, struct err *err)
{
    cleanup_image struct image i = {.store = e->store};
    char text[DIGEST_STRING_MAX];
    int r = 0;

    if (e->name) {
        i.name = strdup(e->name);
        if (!i.name)
            r = err_errno(err, ENOMEM, "cannot load it");
    }
    if (r == 0)
        r = load_manifest(s, &e->manifest, &i, err);
    if (r == 0)
        r = load_config(s, &i, err);
    if (r < 0)
        return err_prefix(err, r, "image %s", e->name ? e->name : digest_string(&e->manifest.digest, text));
    *ret = i;
    i = (struct image){.name = NULL};
    return 0;
}

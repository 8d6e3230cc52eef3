/* SPDX-License-Identifier: Apache-2.0 */
/* Filling and freeing the description of one image. */
#include "import/source_image.h"

#include <stdlib.h>
#include <string.h>

#include "import/image_reader.h"
#include "os/array.h"
#include "os/cleanup.h"

/* Is the layer non-distributable? Docker-archives give no types. */
static bool is_left_out(const char *media_type)
{
    return media_type && (strstr(media_type, ".nondistributable.") || strstr(media_type, ".foreign."));
}

int source_layer_extent(struct container *c, const struct source_layer *l, struct extent *ret,
                        struct err *err)
{
    int r;

    if (l->is_unpacked) {
        *ret = l->unpacked;
        return 0;
    }
    r = container_member(c, l->path, ret, err);
    if (r == -ENOENT && is_left_out(l->blob.media_type))
        return err_set(
            err, ENOENT,
            "%s is missing: a layer of type %s is left out by those who may not distribute it; add it "
            "from its maker",
            l->path, l->blob.media_type);
    return r == -ENOENT ? err_set(err, ENOENT, "%s is missing", l->path) : r;
}

int descriptor_set(struct descriptor *d, const char *media_type, const struct digest *digest, uint64_t size)
{
    char *type = strdup(media_type);

    if (!type)
        return -ENOMEM;
    free(d->media_type);
    d->media_type = type;
    d->digest = *digest;
    d->size = size;
    return 0;
}

static void layers_free(struct source_image *i)
{
    for (size_t n = 0; n < i->n_layers; n++) {
        descriptor_clear(&i->layers[n].blob);
        free(i->layers[n].path);
    }
    free(i->layers);
}

void source_image_free(struct source_image *i)
{
    for (size_t n = 0; n < i->n_names; n++)
        free(i->names[n]);
    free(i->names);
    free(i->manifest_json);
    descriptor_clear(&i->manifest);
    free(i->config_json);
    descriptor_clear(&i->config);
    image_config_free(&i->parsed_config);
    layers_free(i);
    *i = (struct source_image){0};
}

int source_image_add_name(struct source_image *i, const char *name, struct err *err)
{
    char **names;

    for (size_t n = 0; n < i->n_names; n++)
        if (strcmp(i->names[n], name) == 0)
            return 0;
    names = array_room(i->names, i->n_names, sizeof(*names));
    if (names)
        i->names = names;
    if (!names || !(names[i->n_names] = strdup(name)))
        return err_errno(err, ENOMEM, "cannot read the source");
    i->n_names++;
    return 0;
}

int source_image_take_config(struct source_image *i, char *json, size_t len, struct err *err)
{
    struct image_config config = {0};
    int r = image_config_parse(json, len, &config, err);

    if (r < 0)
        return err_prefix(err, r, "config");
    i->parsed_config = config;
    i->config_json = json;
    i->config_len = len;
    return 0;
}

int source_image_make_layers(struct source_image *i, size_t n, const struct source_options *opt,
                             struct err *err)
{
    if (n != i->parsed_config.n_diff_ids)
        return err_set(err, EINVAL, "%zu layers, but the config has the digests of %zu", n,
                       i->parsed_config.n_diff_ids);
    if (n > opt->max_layers)
        return err_set(err, E2BIG, "the image has %zu layers, more than the limit of %u", n, opt->max_layers);
    i->layers = calloc(n + 1, sizeof(*i->layers));
    if (!i->layers)
        return err_errno(err, ENOMEM, "cannot read the source");
    i->n_layers = n;
    for (size_t k = 0; k < n; k++)
        i->layers[k].diff_id = i->parsed_config.diff_ids[k];
    return 0;
}

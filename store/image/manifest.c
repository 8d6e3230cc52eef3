/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/descriptor.h"
#include "image/json_text.h"
#include "image/shape.h"

/* Refuses an artifact: a manifest whose config or artifactType says that it is no image. */
static int refuse_artifact(const json_t *root, const struct manifest *m, struct err *err)
{
    const char *config = m->config.media_type;
    const char *type;
    int r = json_text_peek(root, "artifactType", &type, err);

    if (r < 0)
        return r;
    if (config[0] && media_kind(config) != MEDIA_CONFIG)
        return err_set(err, EMEDIUMTYPE, "an artifact of type \"%.200s\", not an image",
                       type && type[0] ? type : config);
    if (type && type[0])
        return err_set(err, EMEDIUMTYPE, "an artifact of type \"%.200s\", not an image", type);
    return 0;
}

/* Refuses layers of other types (attestations, encrypted ones, file systems), which would fail later as
 * broken archives. */
static int check_layers(const struct manifest *m, struct err *err)
{
    for (size_t i = 0; i < m->n_layers; i++) {
        const char *type = m->layers[i].media_type;

        if (type[0] && media_kind(type) != MEDIA_LAYER)
            return err_set(err, EMEDIUMTYPE,
                           "layers[%zu] is of type \"%.200s\", which is no layer that can be unpacked", i,
                           type);
    }
    return 0;
}

static int read_manifest(json_t *root, struct manifest *m, struct err *err)
{
    const char *type;
    json_t *config;
    int r = json_text_object(root, "config", &config, err);

    if (r < 0)
        return r;
    if (!config)
        return err_set(err, EINVAL, "\"config\" is missing");
    r = descriptor_read(config, &m->config, err);
    if (r < 0)
        return err_prefix(err, r, "config");
    r = json_text_peek(root, "mediaType", &type, err);
    if (r < 0)
        return r;
    if (type && type[0])
        m->docker = strcmp(type, MT_DOCKER_MANIFEST) == 0;
    else
        m->docker = strcmp(m->config.media_type, MT_DOCKER_CONFIG) == 0;
    r = refuse_artifact(root, m, err);
    if (r < 0)
        return r;
    r = descriptor_read_array(root, "layers", MANIFEST_MAX_LAYERS, &m->layers, &m->n_layers, err);
    return r < 0 ? r : check_layers(m, err);
}

int manifest_parse(const char *json, size_t len, struct manifest *ret, struct err *err)
{
    struct manifest m = {0};
    cleanup_json json_t *root = NULL;
    int r = json_text_parse(json, len, &root, err);

    if (r >= 0)
        r = shape_expect(root, SHAPE_MANIFEST, err);
    if (r >= 0)
        r = read_manifest(root, &m, err);
    if (r < 0)
        manifest_free(&m);
    else
        *ret = m;
    return r;
}

void manifest_free(struct manifest *m)
{
    if (!m)
        return;
    descriptor_clear(&m->config);
    descriptor_array_free(m->layers, m->n_layers);
    *m = (struct manifest){0};
}

static json_t *write_layers(const struct descriptor *layers, size_t n)
{
    cleanup_json json_t *array = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, descriptor_write(&layers[i])) < 0)
            return NULL;
    return steal_ptr(&array);
}

int manifest_write(const struct descriptor *config, const struct descriptor *layers, size_t n_layers,
                   char **ret, size_t *ret_len)
{
    cleanup_json json_t *root = NULL;
    char *text;

    for (size_t i = 0; i < n_layers; i++)
        if (layers[i].size > INT64_MAX)
            return -EINVAL;
    if (config->size > INT64_MAX)
        return -EINVAL;
    /* The order of the keys is fixed, independent of jansson's hash table. */
    root = json_pack("{s:i, s:s, s:o, s:o}", "schemaVersion", 2, "mediaType", MT_OCI_MANIFEST, "config",
                     descriptor_write(config), "layers", write_layers(layers, n_layers));
    text = root ? json_text_dump(root, JSON_COMPACT) : NULL;
    if (!text)
        return -ENOMEM;
    *ret = text;
    *ret_len = strlen(text);
    return 0;
}

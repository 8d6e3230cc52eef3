/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest.json of docker-archives (docker's image-spec v1.2). Its paths are the archive's, as
 * written: the code that opens them must confine them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_text.h"
#include "image/manifest.h"

static int read_image(json_t *object, struct docker_image *image, struct err *err)
{
    static const char *const known[] = {"Config", "RepoTags", "Layers", NULL};
    int r = json_text_check_object(object, known, err);

    if (r >= 0)
        r = json_text_string(object, "Config", &image->config, err);
    if (r >= 0 && (!image->config || !image->config[0]))
        r = err_set(err, EINVAL, "\"Config\" is missing");
    if (r >= 0)
        r = json_text_strings(object, "Layers", &image->layers, &image->n_layers, err);
    if (r >= 0 && image->n_layers > MANIFEST_MAX_LAYERS)
        r = err_set(err, E2BIG, "%zu layers are more than the %u that are allowed", image->n_layers,
                    MANIFEST_MAX_LAYERS);
    if (r >= 0)
        r = json_text_strings(object, "RepoTags", &image->repo_tags, &image->n_repo_tags, err);
    return r;
}

static int read_images(json_t *root, struct docker_manifest *m, struct err *err)
{
    if (!json_is_array(root))
        return err_set(err, EINVAL, "docker's manifest.json must be an array, this is an object");
    m->images = calloc(json_array_size(root) + 1, sizeof(*m->images));
    if (!m->images)
        return err_errno(err, ENOMEM, "manifest.json");
    m->n = json_array_size(root);
    for (size_t i = 0; i < m->n; i++) {
        int r = read_image(json_array_get(root, i), &m->images[i], err);

        if (r < 0)
            return err_prefix(err, r, "[%zu]", i);
    }
    return 0;
}

int docker_manifest_parse(const char *json, size_t len, struct docker_manifest *ret, struct err *err)
{
    struct docker_manifest m = {0};
    cleanup_json json_t *root = NULL;
    int r = json_text_parse(json, len, &root, err);

    if (r >= 0)
        r = read_images(root, &m, err);
    if (r < 0)
        docker_manifest_free(&m);
    else
        *ret = m;
    return r;
}

void docker_manifest_free(struct docker_manifest *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n; i++) {
        free(m->images[i].config);
        json_text_strings_free(m->images[i].layers);
        json_text_strings_free(m->images[i].repo_tags);
    }
    free(m->images);
    *m = (struct docker_manifest){0};
}

static json_t *write_strings(char *const *strings, size_t n)
{
    cleanup_json json_t *array = json_array();

    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, json_string(strings[i])) < 0)
            return NULL;
    return steal_ptr(&array);
}

int docker_manifest_write(const struct docker_manifest *m, char **ret, size_t *ret_len)
{
    cleanup_json json_t *root = json_array();
    char *text;

    for (size_t i = 0; i < m->n; i++) {
        const struct docker_image *image = &m->images[i];

        if (json_array_append_new(root, json_pack("{s:s, s:o, s:o}", "Config", image->config, "RepoTags",
                                                  write_strings(image->repo_tags, image->n_repo_tags),
                                                  "Layers", write_strings(image->layers, image->n_layers))) <
            0)
            return -EINVAL;
    }
    text = root ? json_text_dump(root, JSON_COMPACT) : NULL;
    if (!text)
        return -ENOMEM;
    *ret = text;
    *ret_len = strlen(text);
    return 0;
}

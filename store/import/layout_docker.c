/* SPDX-License-Identifier: Apache-2.0 */
/* The format of `docker save`: manifest.json, an array that gives for each image its config and its layers
 * by paths in the archive (which may be links). It has no manifest and no digest of the stored layers:
 * only the config's diff IDs. */
#include <stdlib.h>
#include <string.h>

#include "import/image_reader.h"
#include "import/layouts.h"
#include "import/source_image.h"
#include "os/cleanup.h"

/* A bare repository means its tag "latest", as docker reads it. */
static bool tag_matches(const char *repo_tag, const char *tag)
{
    size_t len = strlen(tag);

    return strcmp(repo_tag, tag) == 0 ||
           (strncmp(repo_tag, tag, len) == 0 && strcmp(repo_tag + len, ":latest") == 0);
}

static bool has_tag(const struct docker_image *i, const char *tag)
{
    for (size_t k = 0; k < i->n_repo_tags; k++)
        if (tag_matches(i->repo_tags[k], tag))
            return true;
    return false;
}

static int read_config(struct image_reader *reader, const char *path, struct source_image *ret,
                       struct err *err)
{
    cleanup_free char *json = NULL;
    struct digest digest;
    size_t len;
    int r = container_read(reader->container, path, MANIFEST_MAX_BYTES, &json, &len, err);

    if (r == -ENOENT)
        return err_set(err, ENOENT, "the config %s is missing", path);
    if (r == 0)
        r = image_reader_count(reader, len, err);
    if (r == 0)
        r = source_image_take_config(ret, json, len, err);
    if (r < 0)
        return r;
    (void)steal_ptr(&json);
    if (digest_of(DIGEST_SHA256, ret->config_json, len, &digest) < 0 ||
        descriptor_set(&ret->config, MT_OCI_CONFIG, &digest, len) < 0)
        return err_errno(err, ENOMEM, "cannot read the source");
    return 0;
}

/* Adds an image with all its names, or only with those that `tag` means. */
static int add_image(struct image_reader *reader, const struct docker_image *d, const char *tag,
                     struct image_list *l, struct err *err)
{
    struct source_image image = {0};
    int r = read_config(reader, d->config, &image, err);

    if (r == 0 && reader->opt->platform_required && image_reader_is_foreign(reader, &image)) {
        source_image_free(&image);
        return 0;
    }
    if (r == 0)
        r = source_image_make_layers(&image, d->n_layers, reader->opt, err);
    for (size_t i = 0; r == 0 && i < d->n_layers; i++)
        if (!(image.layers[i].path = strdup(d->layers[i])))
            r = err_errno(err, ENOMEM, "cannot read the source");
    for (size_t i = 0; r == 0 && i < d->n_repo_tags; i++)
        if (!tag || tag_matches(d->repo_tags[i], tag))
            r = source_image_add_name(&image, d->repo_tags[i], err);
    if (r == 0)
        r = image_list_add(l, &image, err);
    source_image_free(&image);
    return r < 0 && d->n_repo_tags ? err_prefix(err, r, "%s", d->repo_tags[0]) : r;
}

static int read_images(struct image_reader *reader, const struct docker_manifest *m, const char *tag,
                       struct image_list *l, struct err *err)
{
    cleanup_buf struct buf tags = BUF_INIT;
    bool found = false;
    size_t place = 0;
    int by_place = tag ? tag_index(tag, &place, err) : 0;

    if (by_place < 0)
        return by_place;
    for (size_t i = 0; i < m->n; i++) {
        const struct docker_image *d = &m->images[i];
        int r;

        for (size_t k = 0; k < d->n_repo_tags; k++)
            tag_list_add(&tags, d->repo_tags[k]);
        if (tag && (by_place ? i != place : !has_tag(d, tag)))
            continue;
        found = true;
        r = add_image(reader, d, by_place ? NULL : tag, l, err);
        if (r < 0)
            return r;
    }
    if (l->n)
        return 0;
    return tag && !found ? tag_list_error(&tags, tag, m->n, err) : image_reader_no_platform(reader, err);
}

int layout_docker(struct container *c, const struct source_options *opt, const char *tag,
                  struct image_list *ret, struct err *err)
{
    struct image_reader reader = {.container = c, .opt = opt};
    struct docker_manifest m = {0};
    struct image_list l = {0};
    cleanup_free char *json = NULL;
    size_t len;
    int r = container_read(c, "manifest.json", MANIFEST_MAX_BYTES, &json, &len, err);

    if (r == -ENOENT)
        return err_set(err, ENOENT, "it is not an archive of docker save: it has no manifest.json");
    if (r == 0)
        r = docker_manifest_parse(json, len, &m, err);
    if (r < 0)
        return err_prefix(err, r, "manifest.json");
    r = read_images(&reader, &m, tag, &l, err);
    docker_manifest_free(&m);
    image_reader_done(&reader);
    if (r < 0)
        image_list_free(&l);
    else
        *ret = l;
    return r;
}

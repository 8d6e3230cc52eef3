/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a source: selects container and layout. */
#include <string.h>

#include "import/image_reader.h"
#include "import/layouts.h"
#include "import/source_image.h"
#include "os/cleanup.h"

static bool has_member(struct container *c, const char *path)
{
    struct extent x;

    if (container_member(c, path, &x, NULL) < 0)
        return false;
    extent_done(&x);
    return true;
}

/* Returns the first character of a member that is not white space, "[" or "{"; 0 if there is none. */
static char first_character(struct container *c, const char *path)
{
    cleanup_free char *text = NULL;
    size_t len;

    if (container_read(c, path, MANIFEST_MAX_BYTES, &text, &len, NULL) < 0)
        return 0;
    return text[strspn(text, " \t\r\n")];
}

static const struct source_image *find_config(const struct image_list *l, const struct digest *config)
{
    for (size_t i = 0; i < l->n; i++)
        if (digest_equal(&l->images[i].config.digest, config))
            return &l->images[i];
    return NULL;
}

/* Does index.json lack an image of docker's list for this platform? */
static bool some_are_missing(const struct image_list *docker, const struct image_list *oci,
                             const struct source_options *opt)
{
    for (size_t i = 0; i < docker->n; i++) {
        const struct source_image *d = &docker->images[i];

        if (platform_matches(&d->parsed_config.platform, &opt->platform) &&
            !find_config(oci, &d->config.digest))
            return true;
    }
    return false;
}

/* Keeps the images of `oci` that docker's list has too (all, if no tag chose), under docker's names: a
 * user who saved "alpine" looks for "alpine:latest", while index.json has
 * "docker.io/library/alpine:latest" or just "latest". */
static int take_docker_names(struct image_list *oci, const struct image_list *docker, bool chosen,
                             struct err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < oci->n; i++) {
        struct source_image *o = &oci->images[i];
        const struct source_image *d = find_config(docker, &o->config.digest);

        if (!d && chosen) {
            source_image_free(o);
            continue;
        }
        if (d && d->n_names) {
            for (size_t k = 0; k < o->n_names; k++)
                free(o->names[k]);
            o->n_names = 0;
            for (size_t k = 0; k < d->n_names; k++)
                if (source_image_add_name(o, d->names[k], err) < 0)
                    return -ENOMEM;
        }
        if (n != i) {
            oci->images[n] = *o;
            *o = (struct source_image){0};
        }
        n++;
    }
    oci->n = n;
    return 0;
}

static int complete(struct container *c, const struct source_options *opt, struct image_list *l,
                    struct err *err)
{
    int r = docker_manifests(c, opt, l, err);

    if (r < 0)
        image_list_free(l);
    return r;
}

static int open_docker(struct container *c, const struct source_options *opt, const char *tag,
                       struct image_list *ret, struct err *err)
{
    int r = layout_docker(c, opt, tag, ret, err);

    return r < 0 ? r : complete(c, opt, ret, err);
}

/* docker (25 and later) and containerd write index.json and manifest.json into one archive. index.json is
 * preferred, because it has the original manifests, but it can be wrong: the first of these versions wrote
 * manifests without layers (reading them fails), and it lacks images that were saved by digest. Then
 * manifest.json is used. */
static int open_hybrid(struct container *c, const struct source_options *opt, const char *tag,
                       struct image_list *ret, struct err *err)
{
    struct image_list docker = {0}, oci = {0};
    struct err why = {{0}};
    int r = layout_docker(c, opt, tag, &docker, &why);
    int o;

    if (r < 0) {
        /* Only index.json may have the tag. */
        o = layout_oci(c, opt, tag, ret, err);
        if (o < 0 && r == -ENOENT && err)
            *err = why;
        return o;
    }
    o = layout_oci(c, opt, NULL, &oci, err);
    if (o < 0 || some_are_missing(&docker, &oci, opt)) {
        image_list_free(&oci);
        *ret = docker;
        if (err)
            *err = (struct err){{0}};
        return complete(c, opt, ret, err);
    }
    r = take_docker_names(&oci, &docker, tag != NULL, err);
    image_list_free(&docker);
    if (r == 0 && oci.n == 0) {
        /* The tag's image in manifest.json is for another platform than the one in index.json. */
        free(oci.images);
        return layout_oci(c, opt, tag, ret, err);
    }
    if (r < 0)
        image_list_free(&oci);
    else
        *ret = oci;
    return r;
}

static int open_detected(struct container *c, const struct source_options *opt, const char *tag,
                         struct image_list *ret, struct err *err)
{
    bool index = has_member(c, "index.json");
    char manifest = has_member(c, "manifest.json") ? first_character(c, "manifest.json") : 0;

    if (index && manifest == '[')
        return open_hybrid(c, opt, tag, ret, err);
    if (index)
        return layout_oci(c, opt, tag, ret, err);
    if (manifest == '[')
        return open_docker(c, opt, tag, ret, err);
    if (manifest)
        return layout_dir(c, opt, ret, err);
    if (has_member(c, "repositories"))
        return err_set(err, EINVAL, "an archive of docker before 1.10 is not supported: save it again");
    return err_set(err, EINVAL,
                   "it is not an image: it has neither index.json (OCI) nor manifest.json (docker, dir:)");
}

static int open_layout(struct container *c, const struct source_ref *ref, const struct source_options *opt,
                       struct image_list *ret, struct err *err)
{
    switch (ref->kind) {
    case SOURCE_OCI:
    case SOURCE_OCI_ARCHIVE:
        return layout_oci(c, opt, ref->tag, ret, err);
    case SOURCE_DOCKER_ARCHIVE:
        return open_docker(c, opt, ref->tag, ret, err);
    case SOURCE_DIR:
        return layout_dir(c, opt, ret, err);
    case SOURCE_DETECT:
    case SOURCE_STDIN:
        break;
    }
    return open_detected(c, opt, ref->tag, ret, err);
}

int source_open(const struct source_ref *ref, const struct source_options *opt, struct source *ret,
                struct err *err)
{
    const char *what = ref->kind == SOURCE_STDIN ? "standard input" : ref->path;
    struct container *c = NULL;
    struct image_list l = {0};
    int r;

    if (ref->kind == SOURCE_STDIN)
        r = container_open_stream(STDIN_FILENO, opt, &c, err);
    else
        r = container_open_path(ref->path, opt, &c, err);
    if (r == 0)
        r = open_layout(c, ref, opt, &l, err);
    if (r < 0) {
        container_close(c);
        return err_prefix(err, r, "%s", what);
    }
    *ret = (struct source){.container = c, .images = l.images, .n_images = l.n};
    return 0;
}

void source_close(struct source *s)
{
    struct image_list l = {s->images, s->n_images};

    image_list_free(&l);
    container_close(s->container);
    *s = (struct source){0};
}

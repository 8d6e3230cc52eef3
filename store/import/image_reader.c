/* SPDX-License-Identifier: Apache-2.0 */
#include "import/image_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "import/source_image.h"
#include "os/cleanup.h"

#define MAX_DESCRIBED (32u << 20) /* bytes of manifests and configs of one source */

void image_reader_done(struct image_reader *r)
{
    buf_free(&r->platforms);
}

int image_reader_count(struct image_reader *r, size_t len, struct err *err)
{
    r->described += len;
    if (r->described > MAX_DESCRIBED)
        return err_set(err, EFBIG, "the manifests and configs of the source have more than %u bytes",
                       MAX_DESCRIBED);
    return 0;
}

int image_reader_blob(struct image_reader *r, const struct descriptor *d, bool is_manifest, char **ret,
                      size_t *ret_len, struct err *err)
{
    char path[BLOB_PATH_MAX], hex[DIGEST_STRING_MAX];
    cleanup_free char *data = NULL;
    struct digest actual;
    int n;

    digest_string(&d->digest, hex);
    r->blob_path(&d->digest, is_manifest, path);
    n = container_read(r->container, path, MANIFEST_MAX_BYTES, &data, ret_len, err);
    if (n == -ENOENT)
        return err_set(err, ENOENT, "blob %s is missing", hex);
    if (n < 0)
        return n;
    if (*ret_len != d->size)
        return err_set(err, EBADMSG, "blob %s has %zu bytes, not %" PRIu64 " as its descriptor says", hex,
                       *ret_len, d->size);
    n = digest_of(d->digest.alg, data, *ret_len, &actual);
    if (n < 0)
        return err_errno(err, -n, "cannot compute a digest");
    if (!digest_equal(&actual, &d->digest))
        return err_set(err, EBADMSG, "blob %s is damaged: its digest is another", hex);
    n = image_reader_count(r, *ret_len, err);
    if (n < 0)
        return n;
    *ret = steal_ptr(&data);
    return 0;
}

static int read_config(struct image_reader *r, const struct manifest *m, struct source_image *ret,
                       struct err *err)
{
    cleanup_free char *json = NULL;
    size_t len;
    int n = image_reader_blob(r, &m->config, false, &json, &len, err);

    if (n == 0)
        n = source_image_take_config(ret, json, len, err);
    if (n < 0)
        return n;
    (void)steal_ptr(&json);
    n = descriptor_copy(&m->config, &ret->config);
    return n < 0 ? err_errno(err, -n, "cannot read the source") : 0;
}

static int take_layers(struct image_reader *r, const struct manifest *m, struct source_image *ret,
                       struct err *err)
{
    int n = source_image_make_layers(ret, m->n_layers, r->opt, err);

    for (size_t i = 0; n == 0 && i < m->n_layers; i++) {
        struct source_layer *l = &ret->layers[i];
        const struct descriptor *d = &m->layers[i];
        char path[BLOB_PATH_MAX];

        r->blob_path(&d->digest, false, path);
        l->path = strdup(path);
        if (!l->path || descriptor_copy(d, &l->blob) < 0)
            n = err_errno(err, ENOMEM, "cannot read the source");
    }
    return n;
}

/* Checks that descriptor and body give the same type (CVE-2021-41190). */
static int check_type(const struct descriptor *d, const struct manifest *m, struct err *err)
{
    const char *body = m->docker ? MT_DOCKER_MANIFEST : MT_OCI_MANIFEST;

    if (media_kind(d->media_type) == MEDIA_MANIFEST && strcmp(d->media_type, body) != 0)
        return err_set(err, EINVAL, "the descriptor has %s, the manifest itself %s", d->media_type, body);
    return 0;
}

int image_reader_parsed(struct image_reader *r, const struct descriptor *d, char *json, size_t len,
                        struct source_image *ret, struct err *err)
{
    struct source_image image = {0};
    struct manifest m = {0};
    struct digest digest = d->digest;
    int n = manifest_parse(json, len, &m, err);

    if (n < 0)
        return err_prefix(err, n, "manifest");
    n = check_type(d, &m, err);
    if (n == 0 && digest.alg == DIGEST_NONE)
        n = digest_of(DIGEST_SHA256, json, len, &digest);
    if (n == 0)
        n = read_config(r, &m, &image, err);
    if (n == 0)
        n = take_layers(r, &m, &image, err);
    if (n == 0 &&
        descriptor_set(&image.manifest, m.docker ? MT_DOCKER_MANIFEST : MT_OCI_MANIFEST, &digest, len) < 0)
        n = err_errno(err, ENOMEM, "cannot read the source");
    manifest_free(&m);
    if (n < 0) {
        source_image_free(&image);
        return n;
    }
    image.manifest_json = json;
    image.manifest_len = len;
    *ret = image;
    return 1;
}

int image_reader_manifest(struct image_reader *r, const struct descriptor *d, struct source_image *ret,
                          struct err *err)
{
    cleanup_free char *json = NULL;
    size_t len;
    int n = image_reader_blob(r, d, true, &json, &len, err);

    if (n == 0)
        n = image_reader_parsed(r, d, json, len, ret, err);
    if (n > 0)
        (void)steal_ptr(&json);
    return n;
}

bool image_reader_is_foreign(struct image_reader *r, const struct source_image *i)
{
    const struct platform *p = &i->parsed_config.platform;
    const struct descriptor said = {.has_platform = p->os[0] && p->arch[0], .platform = *p};

    return image_reader_passes_over(r, &said);
}

bool image_reader_passes_over(struct image_reader *r, const struct descriptor *d)
{
    char text[100];
    const char *known;

    if (!d->has_platform || platform_matches(&d->platform, &r->opt->platform))
        return false;
    platform_string(&d->platform, text);
    /* Each platform once; on lack of memory the list in the error is shorter. */
    known = buf_str(&r->platforms);
    if (known && r->platforms.len < 512 && !strstr(known, text))
        (void)buf_printf(&r->platforms, "%s%s", r->platforms.len ? ", " : "", text);
    return true;
}

int image_reader_no_platform(struct image_reader *r, struct err *err)
{
    const char *there = buf_str(&r->platforms);
    char want[100];

    platform_string(&r->opt->platform, want);
    if (!there || !there[0])
        return err_set(err, ENOENT, "it contains no image");
    return err_set(err, ENOENT, "no image for %s; available: %s (choose with --platform)", want, there);
}

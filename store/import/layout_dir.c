/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skopeo's dir: layout: the manifest is manifest.json, blobs are named by their bare hex digits. With all
 * platforms of an image (skopeo copy --all), manifest.json is the index and each image's manifest is
 * HEX.manifest.json.
 */
#include "import/image_choice.h"
#include "import/image_reader.h"
#include "import/layouts.h"
#include "os/cleanup.h"

static void dir_blob_path(const struct digest *d, bool is_manifest, char buf[BLOB_PATH_MAX])
{
    char hex[DIGEST_HEX_MAX];

    /* A prefix marks algorithms other than sha256. */
    snprintf(buf, BLOB_PATH_MAX, "%s%s%s%s", d->alg == DIGEST_SHA256 ? "" : digest_alg_name(d->alg),
             d->alg == DIGEST_SHA256 ? "" : "-", digest_hex(d, hex), is_manifest ? ".manifest.json" : "");
}

static int choose(struct image_reader *r, const struct index_json *x, struct source_image *ret,
                  struct err *err)
{
    const struct descriptor **list = calloc(x->n + 1, sizeof(*list));
    int n;

    if (!list)
        return err_errno(err, ENOMEM, "cannot read the source");
    for (size_t i = 0; i < x->n; i++)
        list[i] = &x->manifests[i];
    n = image_reader_choose(r, list, x->n, false, ret, err);
    free(list);
    return n;
}

/* manifest.json has no descriptor with its type: try an index, then a manifest. */
static int read_image(struct image_reader *r, char **json, size_t len, struct source_image *ret,
                      struct err *err)
{
    static char unsaid[] = "";
    const struct descriptor d = {.media_type = unsaid};
    struct index_json x = {0};
    int n;

    if (index_json_parse(*json, len, &x, NULL) == 0) {
        n = choose(r, &x, ret, err);
        index_json_free(&x);
        return n == 0 ? image_reader_no_platform(r, err) : n;
    }
    n = image_reader_parsed(r, &d, *json, len, ret, err);
    if (n > 0)
        *json = NULL;
    if (n > 0 && r->opt->platform_required && image_reader_is_foreign(r, ret))
        return image_reader_no_platform(r, err);
    return n;
}

int layout_dir(struct container *c, const struct source_options *opt, struct image_list *ret, struct err *err)
{
    struct image_reader r = {.container = c, .opt = opt, .blob_path = dir_blob_path};
    struct source_image image = {0};
    cleanup_free char *json = NULL;
    size_t len;
    int n = container_read(c, "manifest.json", MANIFEST_MAX_BYTES, &json, &len, err);

    if (n == -ENOENT)
        return err_set(err, ENOENT, "it has no manifest.json");
    if (n == 0)
        n = read_image(&r, &json, len, &image, err);
    if (n > 0)
        n = image_list_add(ret, &image, err);
    source_image_free(&image);
    image_reader_done(&r);
    return n;
}

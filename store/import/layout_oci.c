/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OCI image layout (image-spec image-layout.md), in a directory or an archive.
 *
 * index.json lists images by descriptors, whose annotations give names: org.opencontainers.image.ref.name,
 * the tag that a user types, and containerd's io.containerd.image.name, the full name if the other is only
 * its tag. A descriptor may refer to an index of several platforms. If a name occurs twice (one tag for
 * several platforms, or a remnant of an older tool), the nearest to the platform counts, of equally near ones
 * the first. The same holds among descriptors with a platform and no name.
 */
#include <stdlib.h>
#include <string.h>

#include "import/image_choice.h"
#include "import/image_reader.h"
#include "import/layouts.h"
#include "import/source_image.h"
#include "os/cleanup.h"

static void oci_blob_path(const struct digest *d, bool is_manifest, char buf[BLOB_PATH_MAX])
{
    char hex[DIGEST_HEX_MAX];

    (void)is_manifest;
    snprintf(buf, BLOB_PATH_MAX, "blobs/%s/%s", digest_alg_name(d->alg), digest_hex(d, hex));
}

/* Returns the image's name: ref.name, unless that is only the tag of the other ("latest" of
 * "docker.io/library/a:latest"). */
static const char *entry_name(const struct descriptor *d)
{
    size_t len, tag;

    if (!d->ref_name || !d->ref_name[0])
        return d->containerd_name;
    if (!d->containerd_name)
        return d->ref_name;
    len = strlen(d->containerd_name);
    tag = strlen(d->ref_name);
    if (len > tag && d->containerd_name[len - tag - 1] == ':' &&
        strcmp(d->containerd_name + len - tag, d->ref_name) == 0)
        return d->containerd_name;
    return d->ref_name;
}

static bool entry_has_tag(const struct descriptor *d, const char *tag)
{
    return (d->ref_name && strcmp(d->ref_name, tag) == 0) ||
           (d->containerd_name && strcmp(d->containerd_name, tag) == 0);
}

/* Does the descriptor name another type than an image's? An empty media type does not. */
static bool is_other(const struct descriptor *d)
{
    return d->attestation || d->artifact_type ||
           (d->media_type[0] && media_kind(d->media_type) == MEDIA_OTHER);
}

static bool has_name(const struct image_list *l, const char *name)
{
    for (size_t i = 0; name && i < l->n; i++)
        for (size_t k = 0; k < l->images[i].n_names; k++)
            if (strcmp(l->images[i].names[k], name) == 0)
                return true;
    return false;
}

static struct source_image *find_manifest(struct image_list *l, const struct digest *d)
{
    for (size_t i = 0; i < l->n; i++)
        if (digest_equal(&l->images[i].manifest.digest, d))
            return &l->images[i];
    return NULL;
}

/* Adds an image under the name, or gives the name to an image already in the list. */
static int add_image(struct image_list *l, struct source_image *image, const char *name, struct err *err)
{
    struct source_image *same = find_manifest(l, &image->manifest.digest);
    int n = name ? source_image_add_name(same ? same : image, name, err) : 0;

    return n == 0 && !same ? image_list_add(l, image, err) : n;
}

/* Reads the image of the entries and adds it to the list, unless they are for other platforms. */
static int add_nearest(struct image_reader *r, const struct descriptor *const *entries, size_t n_entries,
                       struct image_list *l, struct err *err)
{
    const char *name = n_entries ? entry_name(entries[0]) : NULL;
    struct source_image image = {0};
    int n = image_reader_choose(r, entries, n_entries, !r->opt->platform_required, &image, err);

    if (n > 0)
        n = add_image(l, &image, name, err);
    else if (n < 0 && name)
        err_prefix(err, n, "%s", name);
    source_image_free(&image);
    return n;
}

/* Is an entry with a platform and no name nearer? */
static bool is_outdone(const struct image_reader *r, const struct index_json *x, const struct descriptor *d)
{
    for (size_t i = 0; !entry_name(d) && d->has_platform && i < x->n; i++) {
        const struct descriptor *other = &x->manifests[i];

        if (!entry_name(other) && other->has_platform && !is_other(other) &&
            platform_matches(&other->platform, &r->opt->platform) &&
            platform_compare(&other->platform, &d->platform, &r->opt->platform) < 0)
            return true;
    }
    return false;
}

/* Collects all entries of the image of entry `first`: those of the same name, or itself alone. */
static size_t same_image(const struct index_json *x, size_t first, const struct descriptor **ret)
{
    const char *name = entry_name(&x->manifests[first]);
    size_t n = 0;

    ret[n++] = &x->manifests[first];
    for (size_t i = first + 1; name && i < x->n; i++) {
        const char *other = entry_name(&x->manifests[i]);

        if (other && !is_other(&x->manifests[i]) && strcmp(other, name) == 0)
            ret[n++] = &x->manifests[i];
    }
    return n;
}

/* Refuses a descriptor of another type; `tag` may be NULL. */
static int refuse_other(const struct descriptor *d, const char *tag, struct err *err)
{
    const char *what = d->attestation     ? "an attestation"
                       : d->artifact_type ? d->artifact_type
                                          : media_type_told(d->media_type);

    return tag ? err_set(err, EMEDIUMTYPE, "\"%s\" is not an image but %s", tag, what)
               : err_set(err, EMEDIUMTYPE, "it contains no image, but %s", what);
}

static int read_all(struct image_reader *r, const struct index_json *x, const struct descriptor **room,
                    struct image_list *l, struct err *err)
{
    struct err other = {{0}};

    for (size_t i = 0; i < x->n; i++) {
        const struct descriptor *d = &x->manifests[i];
        struct err why = {{0}};
        int n = 0;

        if (is_other(d) && !other.text[0])
            refuse_other(d, NULL, &other);
        if (is_other(d) || has_name(l, entry_name(d)))
            continue;
        if (platform_matches(&d->platform, &r->opt->platform) && is_outdone(r, x, d))
            continue;
        n = add_nearest(r, room, same_image(x, i, room), l, &why);
        if (n == -EMEDIUMTYPE)
            other = why;
        else if (n < 0)
            return err_set(err, -n, "%s", why.text);
    }
    if (l->n == 0 && other.text[0] && !r->platforms.len)
        return err_set(err, EMEDIUMTYPE, "%s", other.text);
    return l->n ? 0 : image_reader_no_platform(r, err);
}

/* Reads the nearest of the entries that have the tag (or the one at position "@N"); if several names end
 * in the tag, uses the first with an image for the platform. */
static int read_tag(struct image_reader *r, const struct index_json *x, const char *tag,
                    const struct descriptor **room, struct image_list *l, struct err *err)
{
    cleanup_buf struct buf tags = BUF_INIT;
    const struct descriptor *other = NULL;
    bool found = false;
    size_t place = 0;
    int by_place = tag_index(tag, &place, err);

    if (by_place < 0)
        return by_place;
    for (size_t i = 0; i < x->n && l->n == 0; i++) {
        const struct descriptor *d = &x->manifests[i];
        size_t n_same;
        int n;

        if (d->ref_name || d->containerd_name)
            tag_list_add(&tags, entry_name(d));
        if (by_place ? i != place : !entry_has_tag(d, tag))
            continue;
        if (is_other(d)) {
            other = other ? other : d;
            continue;
        }
        found = true;
        n_same = same_image(x, i, room);
        n = add_nearest(r, room, by_place ? 1 : n_same, l, err);
        if (n < 0)
            return n;
    }
    if (!found)
        return other ? refuse_other(other, tag, err) : tag_list_error(&tags, tag, x->n, err);
    return l->n ? 0 : err_prefix(err, image_reader_no_platform(r, err), "\"%s\"", tag);
}

static int read_index(struct image_reader *r, const struct index_json *x, const char *tag,
                      struct image_list *l, struct err *err)
{
    const struct descriptor **room = calloc(x->n + 1, sizeof(*room));
    int n;

    if (!room)
        return err_errno(err, ENOMEM, "cannot read the source");
    n = tag ? read_tag(r, x, tag, room, l, err) : read_all(r, x, room, l, err);
    free(room);
    return n;
}

int layout_oci(struct container *c, const struct source_options *opt, const char *tag, struct image_list *ret,
               struct err *err)
{
    struct image_reader r = {.container = c, .opt = opt, .blob_path = oci_blob_path};
    struct image_list l = {0};
    struct index_json x = {0};
    cleanup_free char *json = NULL;
    size_t len;
    int n = container_read(c, "index.json", MANIFEST_MAX_BYTES, &json, &len, err);

    if (n == -ENOENT)
        return err_set(err, ENOENT, "it is not an OCI image layout: it has no index.json");
    if (n == 0)
        n = index_json_parse(json, len, &x, err);
    if (n < 0)
        return err_prefix(err, n, "index.json");
    n = read_index(&r, &x, tag, &l, err);
    index_json_free(&x);
    image_reader_done(&r);
    if (n < 0)
        image_list_free(&l);
    else
        *ret = l;
    return n;
}

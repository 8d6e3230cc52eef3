/* SPDX-License-Identifier: Apache-2.0 */
#include "disk/catalog_edit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "disk/catalog_file.h"
#include "image/descriptor.h"
#include "image/json_text.h"
#include "image/reference.h"
#include "os/cleanup.h"

static const char *entry_name(const json_t *entry)
{
    return json_string_value(json_object_get(json_object_get(entry, "annotations"), ANNOTATION_REF_NAME));
}

static const char *entry_digest(const json_t *entry)
{
    const char *digest = json_string_value(json_object_get(entry, "digest"));

    return digest ? digest : "";
}

static int set_platform(json_t *entry, const struct platform *p)
{
    json_t *platform = json_object();
    int failed = json_object_set_new(platform, "architecture", json_string(p->arch)) ||
                 json_object_set_new(platform, "os", json_string(p->os)) ||
                 (*p->variant && json_object_set_new(platform, "variant", json_string(p->variant)));

    /* Takes over the platform, also on failure. */
    return json_object_set_new(entry, "platform", platform) || failed ? -ENOMEM : 0;
}

static int set_name(json_t *entry, const char *name)
{
    json_t *annotations = json_object_get(entry, "annotations");

    if (!json_is_object(annotations)) {
        annotations = json_object();
        if (json_object_set_new(entry, "annotations", annotations))
            return -ENOMEM;
    }
    return json_object_set_new(annotations, ANNOTATION_REF_NAME, json_string(name)) ? -ENOMEM : 0;
}

static int append_entry(json_t *manifests, const struct tx_name *name)
{
    json_t *entry = descriptor_write(&name->manifest);
    int r = entry ? 0 : -ENOMEM;

    if (r == 0 && name->manifest.has_platform)
        r = set_platform(entry, &name->manifest.platform);
    if (r == 0 && name->name)
        r = set_name(entry, name->name);
    /* Takes over the entry, also on failure. */
    return json_array_append_new(manifests, entry) && r == 0 ? -ENOMEM : r;
}

/* Ensures that the manifest is listed, under any name. */
static int list_manifest(json_t *manifests, const struct tx_name *name, const char *digest)
{
    json_t *entry;
    size_t i;

    json_array_foreach(manifests, i, entry)
        if (strcmp(entry_digest(entry), digest) == 0)
            return 0;
    return append_entry(manifests, name);
}

/* Removes an entry's name for another image. If it was the image's last entry, the image stays listed by
 * its digest: moving a name must not lose an image. */
static void take_name(json_t *manifests, size_t place)
{
    json_t *entry = json_array_get(manifests, place), *other;
    size_t i;

    json_array_foreach(manifests, i, other) {
        if (i != place && strcmp(entry_digest(other), entry_digest(entry)) == 0) {
            json_array_remove(manifests, place);
            return;
        }
    }
    json_object_del(json_object_get(entry, "annotations"), ANNOTATION_REF_NAME);
    if (json_object_size(json_object_get(entry, "annotations")) == 0)
        json_object_del(entry, "annotations");
}

static int list_name(json_t *manifests, const struct tx_name *name, const char *digest)
{
    bool found = false;
    json_t *unnamed = NULL;

    for (size_t i = json_array_size(manifests); i-- > 0;) {
        json_t *entry = json_array_get(manifests, i);
        const char *other = entry_name(entry);
        bool same_manifest = strcmp(entry_digest(entry), digest) == 0;

        if (!other) {
            if (same_manifest)
                unnamed = entry;
        } else if (reference_is_one(other, name->name)) {
            if (same_manifest && !found)
                found = true;
            else
                take_name(manifests, i);
        }
    }
    if (found)
        return 0;
    return unnamed ? set_name(unnamed, name->name) : append_entry(manifests, name);
}

struct sort_item {
    json_t *entry;
    size_t place;
};

static int compare_items(const void *pa, const void *pb)
{
    const struct sort_item *a = pa, *b = pb;
    const char *name_a = entry_name(a->entry), *name_b = entry_name(b->entry);
    int c;

    if (!name_a != !name_b)
        return name_a ? -1 : 1;
    c = name_a ? strcmp(name_a, name_b) : 0;
    if (c == 0)
        c = strcmp(entry_digest(a->entry), entry_digest(b->entry));
    if (c == 0)
        c = a->place < b->place ? -1 : 1;
    return c;
}

static int sort_entries(json_t *manifests)
{
    size_t n = json_array_size(manifests);
    struct sort_item *items = calloc(n + 1, sizeof(*items));
    int r = 0;

    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        items[i] = (struct sort_item){json_incref(json_array_get(manifests, i)), i};
    qsort(items, n, sizeof(*items), compare_items);
    for (size_t i = 0; i < n; i++)
        if (json_array_set_new(manifests, i, items[i].entry))
            r = -ENOMEM;
    free(items);
    return r;
}

static int edit(json_t *manifests, const struct tx_name *names, size_t n, struct err *err)
{
    char digest[DIGEST_STRING_MAX];

    for (size_t i = 0; i < n; i++) {
        int r = names[i].name ? reference_check(names[i].name, err) : 0;

        if (r < 0)
            return r;
        digest_string(&names[i].manifest.digest, digest);
        r = (names[i].name ? list_name : list_manifest)(manifests, &names[i], digest);
        if (r < 0)
            return err_errno(err, -r, "cannot change the catalog");
    }
    return sort_entries(manifests) < 0 ? err_errno(err, ENOMEM, "cannot change the catalog") : 0;
}

/* Refuses a text that could not be read again. */
static int check_text(const char *text, size_t len, struct err *err)
{
    struct index_json index;
    int r;

    if (len > MANIFEST_MAX_BYTES)
        return err_set(err, EFBIG,
                       "the catalog has room for no more images: it would have more than %u bytes",
                       MANIFEST_MAX_BYTES);
    r = index_json_parse(text, len, &index, err);
    if (r < 0)
        return err_prefix(err, r, "the new catalog");
    index_json_free(&index);
    return 0;
}

static int parse(const char *json, size_t len, json_t **ret, json_t **ret_manifests, struct err *err)
{
    int r = json_text_parse(json, len, ret, err);

    if (r < 0)
        return err_prefix(err, r, "the catalog");
    *ret_manifests = json_object_get(*ret, "manifests");
    if (!json_is_array(*ret_manifests))
        return err_set(err, EUCLEAN, "the catalog is damaged: it has no list of manifests");
    return 0;
}

static int print(const json_t *root, char **ret, size_t *ret_len, struct err *err)
{
    cleanup_free char *text = NULL, *with_end = NULL;
    size_t len;
    int r;

    text = json_text_dump(root, JSON_INDENT(2));
    if (!text || asprintf(&with_end, "%s\n", text) < 0) {
        with_end = NULL;
        return err_errno(err, ENOMEM, "cannot change the catalog");
    }
    len = strlen(with_end);
    r = check_text(with_end, len, err);
    if (r < 0)
        return r;
    *ret_len = len;
    *ret = steal_ptr(&with_end);
    return 0;
}

int catalog_edit(const char *json, size_t len, const struct tx_name *names, size_t n, char **ret,
                 size_t *ret_len, struct err *err)
{
    cleanup_json json_t *root = NULL;
    json_t *manifests = NULL;
    int r = parse(json, len, &root, &manifests, err);

    if (r == 0)
        r = edit(manifests, names, n, err);
    return r == 0 ? print(root, ret, ret_len, err) : r;
}

int catalog_rename(const char *json, size_t len, const char *old, const struct tx_name *name, char **ret,
                   size_t *ret_len, struct err *err)
{
    cleanup_json json_t *root = NULL;
    json_t *manifests = NULL, *entry;
    char digest[DIGEST_STRING_MAX];
    size_t i;
    int r = parse(json, len, &root, &manifests, err);

    if (r == 0)
        r = reference_check(name->name, err);
    if (r < 0)
        return r;
    digest_string(&name->manifest.digest, digest);
    json_array_foreach(manifests, i, entry) {
        const char *other = entry_name(entry);

        if (other && strcmp(other, old) == 0 && strcmp(entry_digest(entry), digest) == 0 &&
            set_name(entry, name->name) < 0)
            return err_errno(err, ENOMEM, "cannot change the catalog");
    }
    r = edit(manifests, name, 1, err); /* takes the name from other images, and sorts */
    return r == 0 ? print(root, ret, ret_len, err) : r;
}

static void drop(json_t *manifests, const struct catalog_drop *d)
{
    char digest[DIGEST_STRING_MAX];

    digest_string(&d->manifest, digest);
    for (size_t i = json_array_size(manifests); i-- > 0;) {
        const json_t *entry = json_array_get(manifests, i);
        const char *name = entry_name(entry);

        if (strcmp(entry_digest(entry), digest) != 0 || !name != !d->name ||
            (name && strcmp(name, d->name) != 0))
            continue;
        if (d->stays)
            take_name(manifests, i);
        else
            json_array_remove(manifests, i);
    }
}

int catalog_drop(const char *json, size_t len, const struct catalog_drop *drops, size_t n, char **ret,
                 size_t *ret_len, struct err *err)
{
    cleanup_json json_t *root = NULL;
    json_t *manifests = NULL;
    int r = parse(json, len, &root, &manifests, err);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++)
        drop(manifests, &drops[i]);
    return sort_entries(manifests) < 0 ? err_errno(err, ENOMEM, "cannot change the catalog")
                                       : print(root, ret, ret_len, err);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "act/name_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/verb.h"
#include "disk/catalog_names.h"
#include "disk/rename_image.h"
#include "image/reference.h"
#include "os/cleanup.h"

bool name_is_meant(struct store *s, const char *word)
{
    struct catalog c;
    bool is;

    if (store_catalog(s, &c, NULL) < 0)
        return false;
    is = catalog_find_short(&c, word) != NULL;
    catalog_free(&c);
    return is;
}

static const struct catalog_entry *owner_of(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->entries[i].name && reference_is_one(c->entries[i].name, name))
            return &c->entries[i];
    return NULL;
}

static void tell_moved(const struct catalog *before, const struct image *image, const char *name)
{
    const struct catalog_entry *e = owner_of(before, name);
    char digest[DIGEST_STRING_MAX];

    if (e && !digest_equal(&e->manifest.digest, &image->manifest_digest))
        cli_notef("\"%s\" was another image, which stays as %.19s", name,
                  digest_string(&e->manifest.digest, digest));
}

static const struct descriptor *descriptor_of(const struct catalog *c, const struct image *image)
{
    for (size_t i = 0; i < c->n; i++)
        if (digest_equal(&c->entries[i].manifest.digest, &image->manifest_digest))
            return &c->entries[i].manifest;
    return NULL;
}

static int say(int r, const struct err *err)
{
    return r == -ENOTUNIQ ? cli_failf("%s; --force takes it all the same", err->text) : cli_fail(err);
}

int name_image(struct store *s, const struct image *image, char *const *names, size_t n,
               enum tx_name_taken taken)
{
    cleanup_free struct tx_name *given = calloc(n + 1, sizeof *given);
    const struct descriptor *manifest;
    struct catalog before;
    struct err err = {""};
    int r = store_catalog(s, &before, &err);

    if (r < 0)
        return cli_fail(&err);
    manifest = descriptor_of(&before, image);
    if (!given || !manifest) {
        r = err_set(&err, given ? ENOENT : ENOMEM, "%s",
                    given ? "the image was removed meanwhile" : "out of memory");
    } else {
        for (size_t i = 0; i < n; i++)
            given[i] = (struct tx_name){names[i], *manifest, taken};
        r = store_name_image(s, given, n, &err);
    }
    for (size_t i = 0; r == 0 && i < n; i++)
        tell_moved(&before, image, names[i]);
    catalog_free(&before);
    return r < 0 ? say(r, &err) : STATUS_DONE;
}

int name_image_instead(struct store *s, const struct image *image, const char *name, enum tx_name_taken taken)
{
    const struct descriptor *manifest;
    struct catalog before;
    struct err err = {""};
    int r = store_catalog(s, &before, &err);

    if (r < 0)
        return cli_fail(&err);
    manifest = descriptor_of(&before, image);
    if (!manifest) {
        r = err_set(&err, ENOENT, "the image was removed meanwhile");
    } else {
        const struct tx_name given = {name, *manifest, taken};
        r = store_rename_image(s, image->name, &given, &err);
    }
    if (r == 0)
        tell_moved(&before, image, name);
    catalog_free(&before);
    return r < 0 ? say(r, &err) : STATUS_DONE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Finding an image by the user's word: names first, then digests and their prefixes. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/catalog_names.h"
#include "disk/root.h"
#include "disk/store.h"
#include "image/reference.h"
#include "os/buf.h"
#include "os/cleanup.h"
#include "os/spelling.h"

#define MIN_PREFIX 4
#define SHOWN      12 /* digits of a digest in tables */
#define MAX_LISTED 10

#define cleanup_catalog cleanup(catalog_free)

/* The word as a digest or a prefix of one. */
struct prefix {
    enum digest_alg alg; /* DIGEST_NONE: any */
    const char *hex;
    size_t len;
};

static bool parse_prefix(const char *image, struct prefix *ret)
{
    struct prefix p = {DIGEST_NONE, image, 0};
    const char *colon = strchr(image, ':');

    for (int alg = DIGEST_SHA256; colon && alg <= DIGEST_SHA512; alg++) {
        const char *name = digest_alg_name((enum digest_alg)alg);

        if (strlen(name) == (size_t)(colon - image) && strncmp(image, name, strlen(name)) == 0) {
            p.alg = (enum digest_alg)alg;
            p.hex = colon + 1;
        }
    }
    p.len = strlen(p.hex);
    *ret = p;
    return p.len >= MIN_PREFIX && p.len < DIGEST_HEX_MAX && strspn(p.hex, "0123456789abcdef") == p.len;
}

static bool has_prefix(const struct digest *d, const struct prefix *p)
{
    char hex[DIGEST_HEX_MAX];

    return (p->alg == DIGEST_NONE || p->alg == d->alg) && strncmp(digest_hex(d, hex), p->hex, p->len) == 0;
}

/* Does the config of this manifest have the prefix? An unreadable one does not. */
static bool config_has_prefix(struct store *s, const struct catalog_entry *e, const struct prefix *p)
{
    cleanup_free char *json = NULL;
    struct manifest m;
    size_t len;
    bool has;

    if (store_read_blob(s, &e->manifest.digest, &json, &len, NULL) < 0 ||
        manifest_parse(json, len, &m, NULL) < 0)
        return false;
    has = has_prefix(&m.config.digest, p);
    manifest_free(&m);
    return has;
}

/* Appends an entry's name, or the prefix of its digest. */
static int put_entry(struct buf *b, const struct catalog_entry *e)
{
    char text[DIGEST_STRING_MAX];

    return e->name ? buf_printf(b, "%s", e->name)
                   : buf_printf(b, "%.19s", digest_string(&e->manifest.digest, text));
}

/* Does a manifest's digest have the prefix? Otherwise the configs' do. */
static bool is_among_manifests(const struct catalog_entry *const *found, size_t n, const char *image)
{
    struct prefix p;

    if (!parse_prefix(image, &p))
        return false;
    for (size_t i = 0; i < n; i++)
        if (has_prefix(&found[i]->manifest.digest, &p))
            return true;
    return false;
}

static int ambiguous(struct store *s, const char *image, const struct catalog_entry *const *found, size_t n,
                     struct err *err)
{
    cleanup_buf struct buf list = BUF_INIT;
    char text[DIGEST_STRING_MAX];
    int r = 0;

    for (size_t i = 0; i < n && i < MAX_LISTED && r == 0; i++)
        r = buf_printf(&list, "%s%s%s%s%s", i ? ", " : "", digest_string(&found[i]->manifest.digest, text),
                       found[i]->name ? " (" : "", found[i]->name ? found[i]->name : "",
                       found[i]->name ? ")" : "");
    if (r == 0 && n > MAX_LISTED)
        r = buf_printf(&list, " and %zu more", n - MAX_LISTED);
    if (r < 0 || !buf_str(&list))
        return err_errno(err, ENOMEM, "cannot look for image \"%s\"", image);
    bool of_config = !is_among_manifests(found, n, image);
    return err_set(err, EEXIST, "\"%s\" is a prefix of the digests of %zu %s in %s: %s", image, n,
                   of_config ? "images' configs (what docker and podman call their IDs)" : "images", s->path,
                   list.data);
}

/* Finds the name that the user probably mistyped by a letter or two, with or without a tag. */
static const char *nearest_name(const struct catalog *c, const char *image)
{
    const char *nearest = NULL;
    size_t least = SPELLING_MAX, d;

    for (size_t i = 0; i < c->n; i++) {
        const char *name = c->entries[i].name;
        char untagged[SPELLING_MAX] = "";

        if (name && !strchr(image, ':'))
            snprintf(untagged, sizeof untagged, "%.*s", (int)strcspn(name, ":"), name);
        if (name && (spelling_is_near(image, *untagged ? untagged : name, &d)) && d < least) {
            least = d;
            nearest = name;
        }
    }
    return nearest;
}

/* Finds the longest name that the word begins with, followed by a path or a number of layers. */
static const char *name_before(const struct catalog *c, const char *image)
{
    const char *longest = NULL;
    size_t most = 0;

    for (size_t i = 0; i < c->n; i++) {
        const char *name = c->entries[i].name;
        size_t len = name ? strlen(name) : 0;

        if (len > most && strncmp(image, name, len) == 0 && (image[len] == ':' || image[len] == '@')) {
            longest = name;
            most = len;
        }
    }
    return longest;
}

static int no_such_image(struct store *s, const char *image, const struct catalog *c, struct err *err)
{
    cleanup_buf struct buf list = BUF_INIT;
    int r = 0;

    if (c->n == 0)
        return err_set(err, ENOENT, "no image \"%s\": the store %s is empty; " STORE_FILL_IT, image, s->path);
    for (size_t i = 0; i < c->n && i < MAX_LISTED && r == 0; i++) {
        r = buf_append(&list, ", ", i ? 2 : 0);
        if (r == 0)
            r = put_entry(&list, &c->entries[i]);
    }
    if (r == 0 && c->n > MAX_LISTED)
        r = buf_printf(&list, " and %zu more", c->n - MAX_LISTED);
    if (r < 0 || !buf_str(&list))
        return err_errno(err, ENOMEM, "cannot look for image \"%s\"", image);
    const char *before = name_before(c, image);
    const char *near = before ? before : nearest_name(c, image);
    return err_set(err, ENOENT, "no image \"%s\" in %s; %s%s%savailable: %s", image, s->path,
                   near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "", list.data);
}

int store_check_pin(const char *image, const struct catalog_entry *e, struct err *err)
{
    const char *at = strrchr(image, '@');
    char text[DIGEST_STRING_MAX];
    struct digest d;

    if (!at || digest_parse_str(at + 1, &d) < 0 || digest_equal(&d, &e->manifest.digest))
        return 0;
    return err_set(err, EUCLEAN, "the image named \"%s\" has another digest, %s", image,
                   digest_string(&e->manifest.digest, text));
}

static bool is_among(const struct catalog_entry *const *found, size_t n, const struct digest *d)
{
    for (size_t i = 0; i < n; i++)
        if (digest_equal(&found[i]->manifest.digest, d))
            return true;
    return false;
}

/* Returns 0 with an entry, or with NULL if no image has that digest. */
static int by_digest(struct store *s, const char *image, const struct catalog *c,
                     const struct catalog_entry **ret, struct err *err)
{
    cleanup_free const struct catalog_entry **found = NULL;
    struct prefix p;
    size_t n = 0;

    *ret = NULL;
    if (c->n == 0 || !parse_prefix(image, &p))
        return 0;
    found = calloc(c->n, sizeof(*found));
    if (!found)
        return err_errno(err, ENOMEM, "cannot look for image \"%s\"", image);
    for (size_t i = 0; i < c->n; i++) {
        const struct catalog_entry *e = &c->entries[i];

        if (!is_among(found, n, &e->manifest.digest) &&
            (has_prefix(&e->manifest.digest, &p) || config_has_prefix(s, e, &p)))
            found[n++] = e;
    }
    if (n > 1)
        return ambiguous(s, image, found, n, err);
    *ret = n ? found[0] : NULL;
    return 0;
}

bool store_is_plain_digest(const char *image)
{
    struct prefix p;
    return parse_prefix(image, &p) && (p.alg != DIGEST_NONE || p.len >= SHOWN);
}

/* NAME@ALG:HEX: finds the image of this digest, if it is in the repository or has no name. */
static const struct catalog_entry *by_pin(const struct catalog *c, const char *word)
{
    const char *at = strchr(word, '@');
    struct digest d;

    if (!at || digest_parse_str(at + 1, &d) < 0 || reference_check(word, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < c->n; i++)
        if (digest_equal(&c->entries[i].manifest.digest, &d) &&
            (!c->entries[i].name || reference_is_same_repository(c->entries[i].name, word)))
            return &c->entries[i];
    return NULL;
}

int store_find_image(struct store *s, const char *image, struct image *ret, struct err *err)
{
    cleanup_catalog struct catalog c = {NULL, 0};
    const struct catalog_entry *e = NULL;
    int r = store_catalog_all(s, &c, err);

    if (r == 0 && store_is_plain_digest(image))
        r = by_digest(s, image, &c, &e, err);
    if (r == 0 && !e) {
        e = catalog_find_short(&c, image);
        if (!e && (e = by_pin(&c, image)))
            return store_load_image(s, e, ret, err);
        r = e ? store_check_pin(image, e, err) : by_digest(s, image, &c, &e, err);
    }
    if (r < 0)
        return r;
    return e ? store_load_image(s, e, ret, err) : no_such_image(s, image, &c, err);
}

int store_find_own_image(struct store *s, const char *image, struct image *ret, struct err *err)
{
    struct image found = {.name = NULL};
    int r = store_find_image(s, image, &found, err);

    if (r < 0)
        return r;
    if (strcmp(found.store, s->path) != 0) {
        r = err_set(err, EROFS,
                    "image %s is in %s, which is read-only; mica import oci:%s:%s imports it into %s", image,
                    found.store, found.store, found.name ? found.name : "@N", s->path);
        image_free(&found);
        return r;
    }
    *ret = found;
    return 0;
}

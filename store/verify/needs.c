/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/needs.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/json_text.h"
#include "os/array.h"
#include "os/cleanup.h"
#include "verify/stack.h"

static int add_object(struct need *n, enum object_kind kind, const struct digest *d)
{
    struct needed *more;

    if (digest_len(d->alg) == 0 || need_has(n, kind, d))
        return 0;
    more = array_room(n->objects, n->n, sizeof *more);
    if (!more)
        return -ENOMEM;
    n->objects = more;
    more[n->n++] = (struct needed){kind, *d};
    return 0;
}

bool need_has(const struct need *n, enum object_kind kind, const struct digest *d)
{
    for (size_t i = 0; i < n->n; i++)
        if (n->objects[i].kind == kind && digest_equal(&n->objects[i].digest, d))
            return true;
    return false;
}

/* Adds the blobs of the layers, and the config. */
static int add_manifest(struct need *n, const struct manifest *m)
{
    int r = add_object(n, OBJECT_BLOB, &m->config.digest);

    for (size_t i = 0; r == 0 && i < m->n_layers; i++)
        r = add_object(n, OBJECT_BLOB, &m->layers[i].digest);
    return r;
}

/* Adds layers and tree. */
static int add_config(struct need *n, const struct image_config *config)
{
    struct digest chain;
    int r = digest_chain(config->diff_ids, config->n_diff_ids, &chain);

    for (size_t i = 0; r == 0 && i < config->n_diff_ids; i++)
        r = add_object(n, OBJECT_LAYER, &config->diff_ids[i]);
    if (r == 0)
        r = add_object(n, OBJECT_TREE, &chain);
    if (r < 0)
        return r;
    n->stack = calloc(config->n_diff_ids + 1, sizeof *n->stack);
    if (!n->stack)
        return -ENOMEM;
    for (size_t i = 0; i < config->n_diff_ids; i++)
        n->stack[i] = config->diff_ids[i];
    n->n_stack = config->n_diff_ids;
    n->chain_id = chain;
    return 0;
}

static int add_pairs(struct needs *all, const struct manifest *m, const struct image_config *config)
{
    size_t n = m->n_layers < config->n_diff_ids ? m->n_layers : config->n_diff_ids;
    struct needed_pair *more = reallocarray(all->pairs, all->n_pairs + n + 1, sizeof *more);

    if (!more)
        return -ENOMEM;
    all->pairs = more;
    for (size_t i = 0; i < n; i++)
        more[all->n_pairs++] = (struct needed_pair){config->diff_ids[i], m->layers[i].digest};
    return 0;
}

/* Other tools may list entries that are no images: an image index, an artifact. Keeps all blobs that such an entry
 * refers to, also through other manifests in it. */
#define DEPTH_MAX 8
#define READS_MAX 1000

struct walk {
    struct store *s;
    struct need *need;
    unsigned reads; /* of manifests, up to now */
};

static int walk_manifest(struct walk *w, const struct digest *d, unsigned depth);

static int walk_json(struct walk *w, const json_t *at, unsigned depth)
{
    const char *digest = json_string_value(json_object_get(at, "digest"));
    const char *type = json_string_value(json_object_get(at, "mediaType"));
    const char *key;
    const json_t *value;
    struct digest d;
    size_t i;
    int r = 0;

    if (digest && digest_parse_str(digest, &d) == 0) {
        r = add_object(w->need, OBJECT_BLOB, &d);
        if (r == 0 && (!type || strstr(type, "manifest") || strstr(type, "index")))
            r = walk_manifest(w, &d, depth);
    }
    json_object_foreach((json_t *)(uintptr_t)at, key, value)
        if (r == 0)
            r = walk_json(w, value, depth);
    json_array_foreach(at, i, value)
        if (r == 0)
            r = walk_json(w, value, depth);
    return r;
}

static int walk_manifest(struct walk *w, const struct digest *d, unsigned depth)
{
    cleanup_free char *text = NULL;
    cleanup_json json_t *root = NULL;
    size_t len;
    int r;

    if (depth > DEPTH_MAX || w->reads++ >= READS_MAX) {
        w->need->is_known = false;
        return 0;
    }
    r = store_read_blob(w->s, d, &text, &len, NULL);
    if (r == -ENOENT || r == -EFBIG) /* of another architecture and not imported; no manifest */
        return 0;
    if (r < 0 && r != -ENOMEM) {
        w->need->is_known = false;
        return 0;
    }
    if (r == 0)
        r = json_text_parse(text, len, &root, NULL);
    if (r < 0) /* an intact blob that is no JSON names no other */
        return r == -ENOMEM ? r : 0;
    return walk_json(w, root, depth + 1);
}

/* Reads the config of an image, which alone names its layers. 0 with *ret_known false: it cannot be read. -ENOMEM. */
static int read_config(struct store *s, const struct manifest *m, struct image_config *ret, bool *ret_known)
{
    cleanup_free char *json = NULL;
    size_t len;
    int r = store_read_blob(s, &m->config.digest, &json, &len, NULL);

    if (r == 0)
        r = image_config_parse(json, len, ret, NULL);
    *ret_known = r == 0;
    return r == -ENOMEM ? r : 0;
}

/* Adds manifest and config as far as they can be read: their faults are found where blobs are checked. */
static int add_image(struct store *s, struct needs *all, struct need *n)
{
    cleanup_free char *manifest_json = NULL;
    struct manifest m;
    struct image_config config;
    size_t len;
    int r = add_object(n, OBJECT_BLOB, &n->manifest);

    n->is_known = false;
    if (r < 0 || store_read_blob(s, &n->manifest, &manifest_json, &len, NULL) < 0)
        return r;
    r = manifest_parse(manifest_json, len, &m, NULL);
    if (r == -ENOMEM)
        return r;
    n->is_known = true;
    if (r < 0)
        return walk_manifest(&(struct walk){.s = s, .need = n}, &n->manifest, 0);
    r = add_manifest(n, &m);
    if (r == 0)
        r = read_config(s, &m, &config, &n->is_known);
    if (r == 0 && n->is_known) {
        r = add_config(n, &config);
        if (r == 0)
            r = add_pairs(all, &m, &config);
        image_config_free(&config);
    }
    manifest_free(&m);
    return r;
}

static int add_need(struct needs *all, const char *name, bool is_branch, const struct digest *manifest,
                    struct need **ret)
{
    struct need *more = array_room(all->all, all->n, sizeof *more);
    char text[DIGEST_STRING_MAX];

    if (!more)
        return -ENOMEM;
    all->all = more;
    *ret = &more[all->n];
    **ret = (struct need){.is_branch = is_branch, .manifest = *manifest};
    (*ret)->name = strdup(name ? name : digest_string(manifest, text));
    if (!(*ret)->name)
        return -ENOMEM;
    all->n++;
    return 0;
}

static int add_catalog_entry(struct store *s, struct needs *all, const char *name,
                             const struct digest *manifest)
{
    struct need *n;
    int r = add_need(all, name, false, manifest, &n);

    if (r == 0)
        n->is_named = name;
    return r == 0 ? add_image(s, all, n) : r;
}

static int add_all_images(struct store *s, struct needs *all, struct err *err)
{
    struct catalog c = {NULL, 0};
    int r = store_catalog(s, &c, err);

    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && i < c.n; i++)
        r = add_catalog_entry(s, all, c.entries[i].name, &c.entries[i].manifest.digest);
    catalog_free(&c);
    return r < 0 ? err_errno(err, -r, "cannot list what the images need") : 0;
}

/* Adds the catalog entry that a word names. An image with a damaged manifest or config cannot be loaded; its name or
 * full digest still finds it. */
static int add_named_image(struct store *s, struct needs *all, const char *word, struct err *err)
{
    struct image image = {.name = NULL};
    struct catalog c = {NULL, 0};
    struct err ignored;
    int r = store_find_image(s, word, &image, err);

    if (r == 0) {
        r = add_catalog_entry(s, all, image.name, &image.manifest_digest);
        image_free(&image);
        return r < 0 ? err_errno(err, -r, "cannot list what image %s needs", word) : 0;
    }
    if (store_catalog(s, &c, &ignored) < 0)
        return r;
    for (size_t i = 0; r < 0 && i < c.n; i++) {
        char text[DIGEST_STRING_MAX];
        const struct catalog_entry *e = &c.entries[i];

        if ((e->name && strcmp(e->name, word) == 0) ||
            strcmp(digest_string(&e->manifest.digest, text), word) == 0)
            r = add_catalog_entry(s, all, e->name, &e->manifest.digest);
    }
    catalog_free(&c);
    return r;
}

static bool is_among(const struct needs *all, size_t n, const struct digest *manifest)
{
    for (size_t i = 0; i < n; i++)
        if (digest_equal(&all->all[i].manifest, manifest))
            return true;
    return false;
}

/* Adds a mount's tree and layers, whatever the state of manifest and config. */
static int add_shown(struct store *s, struct need *n, const struct digest *chain_id)
{
    struct index *ix;
    struct stack stack;
    int r = add_object(n, OBJECT_TREE, chain_id);

    if (r < 0 || n->is_known || store_open_tree_index(s, chain_id, &ix, NULL) < 0)
        return r;
    if (stack_of_tree(ix, chain_id, &stack, NULL) == 0) {
        n->is_known = true;
        for (size_t i = 0; r == 0 && i < stack.n; i++)
            r = add_object(n, OBJECT_LAYER, &stack.ids[i]);
        stack_free(&stack);
    }
    index_free(ix);
    return r;
}

/* Adds the branches on the first `images` of the needs, or all. */
static int add_branches(struct store *s, struct needs *all, size_t images, bool every, struct err *err)
{
    struct branch_list l = {NULL, 0};
    int r = store_branches(s, &l, err);

    for (size_t i = 0; r == 0 && i < l.n; i++) {
        const struct branch_info *info = &l.branches[i].info;
        struct need *n;

        if (l.branches[i].fault || (!every && !is_among(all, images, &info->manifest)))
            continue;
        r = add_need(all, l.branches[i].name, true, &info->manifest, &n);
        if (r == 0)
            r = add_image(s, all, n);
        if (r == 0)
            r = add_shown(s, n, &info->chain_id);
        if (r < 0)
            err_errno(err, -r, "cannot list what branch %s needs", l.branches[i].name);
    }
    branch_list_free(&l);
    return r;
}

static int by_kind_and_digest(const void *pa, const void *pb)
{
    const struct needed *a = pa, *b = pb;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->digest.alg != b->digest.alg)
        return a->digest.alg < b->digest.alg ? -1 : 1;
    return memcmp(a->digest.bytes, b->digest.bytes, sizeof a->digest.bytes);
}

static int gather_objects(struct needs *all)
{
    size_t n = 0, kept = 0;

    for (size_t i = 0; i < all->n; i++)
        n += all->all[i].n;
    all->objects = calloc(n + 1, sizeof *all->objects);
    if (!all->objects)
        return -ENOMEM;
    n = 0;
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < all->all[i].n; k++)
            all->objects[n++] = all->all[i].objects[k];
    qsort(all->objects, n, sizeof *all->objects, by_kind_and_digest);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_kind_and_digest(&all->objects[i], &all->objects[i - 1]) != 0)
            all->objects[kept++] = all->objects[i];
    all->n_objects = kept;
    return 0;
}

int needs_find(struct store *s, const char *const *images, size_t n, struct needs *ret, struct err *err)
{
    int r = 0, b;

    *ret = (struct needs){.all = NULL};
    for (size_t i = 0; r == 0 && i < n; i++)
        r = add_named_image(s, ret, images[i], err);
    if (n == 0)
        r = add_all_images(s, ret, err);
    if (r < 0 && n)
        return r;
    b = add_branches(s, ret, ret->n, n == 0, r < 0 ? NULL : err);
    if (b == 0 && (b = gather_objects(ret)) < 0)
        err_errno(r < 0 ? NULL : err, -b, "cannot list what the images need");
    return r < 0 ? r : b;
}

int needs_add_mounts(struct store *s, struct needs *all, struct err *err)
{
    struct lease_list l = {NULL, 0};
    int r = store_leases(s, &l, err);

    for (size_t i = 0; r == 0 && i < l.n; i++) {
        struct need *n;

        r = add_need(all, l.leases[i].mountpoint, false, &l.leases[i].manifest, &n);
        if (r == 0) {
            n->is_mount = true;
            r = add_image(s, all, n);
        }
        if (r == 0)
            r = add_shown(s, n, &l.leases[i].chain_id);
        if (r < 0)
            err_errno(err, -r, "cannot list what the mount at %s needs", l.leases[i].mountpoint);
    }
    lease_list_free(&l);
    free(all->objects);
    all->objects = NULL;
    if (r == 0 && (r = gather_objects(all)) < 0)
        err_errno(err, -r, "cannot list what the mounts need");
    return r;
}

static void need_clear(struct need *n)
{
    free(n->name);
    free(n->objects);
    free(n->stack);
}

void needs_remove(struct needs *n, size_t i)
{
    need_clear(&n->all[i]);
    memmove(&n->all[i], &n->all[i + 1], (--n->n - i) * sizeof *n->all);
}

void needs_free(struct needs *n)
{
    for (size_t i = 0; i < n->n; i++)
        need_clear(&n->all[i]);
    free(n->all);
    free(n->objects);
    free(n->pairs);
    *n = (struct needs){.all = NULL};
}

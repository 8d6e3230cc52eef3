/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/plan.h"

#include <stdlib.h>
#include <string.h>

#include "os/cleanup.h"

/* Is the catalog entry of this need among the removed ones? */
static bool is_dropped(const struct need *n, const struct catalog_drop *drops, size_t n_drops)
{
    for (size_t i = 0; i < n_drops; i++) {
        const struct catalog_drop *d = &drops[i];

        if (!d->stays && digest_equal(&d->manifest, &n->manifest) && n->is_named == (d->name != NULL) &&
            (!d->name || strcmp(d->name, n->name) == 0))
            return true;
    }
    return false;
}

bool collect_is_kept(const struct needs *all, const struct need *n, const struct catalog_drop *drops,
                     size_t n_drops)
{
    if (n->is_branch || n->is_mount)
        return true;
    for (size_t i = 0; i < all->n; i++) {
        const struct need *other = &all->all[i];

        if (!other->is_branch && !other->is_mount && digest_equal(&other->manifest, &n->manifest) &&
            !is_dropped(other, drops, n_drops))
            return true;
    }
    return false;
}

bool collect_is_held(const struct needs *all, const struct digest *manifest)
{
    for (size_t i = 0; i < all->n; i++)
        if ((all->all[i].is_branch || all->all[i].is_mount) && digest_equal(&all->all[i].manifest, manifest))
            return true;
    return false;
}

size_t collect_nameless(const struct needs *all, struct catalog_drop *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++) {
        const struct need *need = &all->all[i];

        if (!need->is_branch && !need->is_mount && !need->is_named && !collect_is_held(all, &need->manifest))
            ret[n++] = (struct catalog_drop){.manifest = need->manifest};
    }
    return n;
}

/* ---- objects */

struct object_set {
    struct needed *objects; /* sorted */
    size_t n;
};

static int compare(const void *pa, const void *pb)
{
    const struct needed *a = pa, *b = pb;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->digest.alg != b->digest.alg)
        return a->digest.alg < b->digest.alg ? -1 : 1;
    return memcmp(a->digest.bytes, b->digest.bytes, sizeof a->digest.bytes);
}

static int set_make(const struct needs *all, const bool *wanted, bool value, struct object_set *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++)
        n += wanted[i] == value ? all->all[i].n : 0;
    *ret = (struct object_set){.objects = calloc(n + 1, sizeof *ret->objects)};
    if (!ret->objects)
        return -1;
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; wanted[i] == value && k < all->all[i].n; k++)
            ret->objects[ret->n++] = all->all[i].objects[k];
    qsort(ret->objects, ret->n, sizeof *ret->objects, compare);
    return 0;
}

static bool set_has(const struct object_set *s, const struct collect_object *o)
{
    const struct needed key = {o->kind, o->digest};

    return bsearch(&key, s->objects, s->n, sizeof *s->objects, compare);
}

ssize_t collect_choose(const struct needs *all, const struct catalog_drop *drops, size_t n_drops,
                       bool only_dropped, struct collect_object *objects, size_t n,
                       const struct need **ret_unknown)
{
    struct object_set kept = {NULL, 0}, gone = {NULL, 0};
    cleanup_free bool *is_kept = calloc(all->n + 1, sizeof *is_kept);
    ssize_t left = is_kept ? 0 : -1;

    *ret_unknown = NULL;
    for (size_t i = 0; left == 0 && i < all->n; i++) {
        is_kept[i] = collect_is_kept(all, &all->all[i], drops, n_drops);
        if (is_kept[i] && !all->all[i].is_known)
            *ret_unknown = &all->all[i];
    }
    if (*ret_unknown || left < 0 || set_make(all, is_kept, true, &kept) < 0 ||
        set_make(all, is_kept, false, &gone) < 0)
        left = -1;
    for (size_t i = 0; left >= 0 && i < n; i++)
        if (!set_has(&kept, &objects[i]) && (!only_dropped || set_has(&gone, &objects[i])))
            objects[left++] = objects[i];
    free(kept.objects);
    free(gone.objects);
    return left;
}

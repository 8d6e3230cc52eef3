/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/account.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/measure.h"
#include "collect/orphans.h"
#include "collect/plan.h"
#include "collect/present.h"
#include "disk/staging.h"
#include "os/array.h"
#include "os/cleanup.h"
#include "os/disk_usage.h"
#include "tree/places.h"

/* The images, branches and mounts that need an object. */
struct user_count {
    size_t images; /* number of distinct images */
    bool held;     /* needed by a branch or a mount */
};

struct accounting {
    struct needs needs;
    struct present present;
    struct user_count *users; /* one per present object */
    struct measure measure;
    uint64_t *saved; /* one per present object: bytes of a layer's contents that are stored elsewhere */
    bool *wanted;    /* one per present object: the image that is being accounted needs it */
};

static ssize_t find(const struct present *p, const struct needed *n)
{
    size_t low = 0, high = p->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct collect_object *o = &p->objects[mid];
        int c = o->kind != n->kind ? (o->kind < n->kind ? -1 : 1)
                : o->digest.alg != n->digest.alg
                    ? (o->digest.alg < n->digest.alg ? -1 : 1)
                    : memcmp(o->digest.bytes, n->digest.bytes, sizeof n->digest.bytes);

        if (c == 0)
            return (ssize_t)mid;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return -1;
}

/* Is this the first need of its image? It represents all of the image's names. */
static bool is_first(const struct needs *all, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (!all->all[k].is_branch && !all->all[k].is_mount &&
            digest_equal(&all->all[k].manifest, &all->all[i].manifest))
            return false;
    return !all->all[i].is_branch && !all->all[i].is_mount;
}

static void count_users(struct accounting *a)
{
    for (size_t i = 0; i < a->needs.n; i++) {
        const struct need *n = &a->needs.all[i];
        bool first = is_first(&a->needs, i);

        for (size_t k = 0; k < n->n; k++) {
            ssize_t at = find(&a->present, &n->objects[k]);

            if (at < 0)
                continue;
            a->users[at].held |= n->is_branch || n->is_mount;
            a->users[at].images += first;
        }
    }
}

/* ---- one image */

static int add_sharer(struct account_image *ret, const char *name)
{
    char **more = array_room(ret->shared_with, ret->n_shared_with, sizeof *more);

    if (!more)
        return -ENOMEM;
    ret->shared_with = more;
    more[ret->n_shared_with] = strdup(name);
    return more[ret->n_shared_with++] ? 0 : -ENOMEM;
}

/* Does the other image need a stored object that this one needs too? Files that layers share by hard links count: its
 * layers have one with a wanted layer. */
static bool shares(const struct accounting *a, const struct need *n, const struct need *other)
{
    for (size_t i = 0; i < n->n; i++) {
        ssize_t at = find(&a->present, &n->objects[i]);

        if (at >= 0 && a->users[at].images > 1 && need_has(other, n->objects[i].kind, &n->objects[i].digest))
            return true;
    }
    for (size_t from = 0, end; from < a->measure.n; from = end) {
        bool mine = false, theirs = false;

        end = measure_run(&a->measure, from);
        for (size_t i = from; i < end; i++) {
            const struct collect_object *o = &a->present.objects[a->measure.files[i].object];

            mine |= a->wanted[a->measure.files[i].object];
            theirs |= need_has(other, o->kind, &o->digest);
        }
        if (mine && theirs)
            return true;
    }
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int find_sharers(const struct accounting *a, const struct need *n, struct account_image *ret)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < a->needs.n; i++) {
        const struct need *other = &a->needs.all[i];

        if (is_first(&a->needs, i) && !digest_equal(&other->manifest, &n->manifest) && shares(a, n, other))
            r = add_sharer(ret, other->name);
    }
    if (ret->n_shared_with)
        qsort(ret->shared_with, ret->n_shared_with, sizeof *ret->shared_with, by_text);
    return r;
}

/* Adds the files that its layers may share. One that is also in a layer of another image is shared; one that is only
 * in layers of this image goes with them. */
static void add_linked(const struct accounting *a, struct account_image *ret)
{
    for (size_t from = 0, end; from < a->measure.n; from = end) {
        const struct linked_file *f = &a->measure.files[from];
        bool mine = false, shared = false, held = false;
        uint64_t links = 0;

        end = measure_run(&a->measure, from);
        for (size_t i = from; i < end; i++) {
            const struct user_count *u = &a->users[f[i - from].object];
            bool wanted = a->wanted[f[i - from].object];

            mine |= wanted;
            shared |= u->images > wanted;
            held |= u->held;
            links += wanted ? f[i - from].here : 0;
        }
        if (!mine)
            continue;
        ret->contents += f->disk_size;
        if (shared)
            ret->shared += f->disk_size;
        else if (!held && links >= f->links)
            ret->freed += f->disk_size;
    }
}

static int account_one(const struct accounting *a, const struct need *n, struct account_image *ret)
{
    *ret = (struct account_image){.manifest = n->manifest, .held = collect_is_held(&a->needs, &n->manifest)};
    if (n->is_named && !(ret->name = strdup(n->name)))
        return -ENOMEM;
    memset(a->wanted, 0, a->present.n * sizeof *a->wanted);
    for (size_t i = 0; i < n->n; i++) {
        ssize_t at = find(&a->present, &n->objects[i]);
        uint64_t size = at < 0 ? 0 : a->present.objects[at].disk_size;

        if (at >= 0) {
            a->wanted[at] = true;
            ret->saved += a->saved[at];
        }
        *(n->objects[i].kind == OBJECT_BLOB ? &ret->blobs : &ret->contents) += size;
        if (at >= 0 && a->users[at].images > 1)
            ret->shared += size;
        else if (at >= 0 && !a->users[at].held)
            ret->freed += size;
    }
    add_linked(a, ret);
    return find_sharers(a, n, ret);
}

/* ---- the whole store */

static int add_branches(struct store *s, uint64_t *ret, struct err *err)
{
    struct branch_list l = {NULL, 0};
    int r = store_branches(s, &l, err);

    for (size_t i = 0; r == 0 && i < l.n; i++) {
        cleanup_free char *path = NULL;
        uint64_t size = 0;

        if (asprintf(&path, "%s/branches/%s", store_path(s), l.branches[i].name) < 0)
            path = NULL;
        if (!path || disk_usage(path, &size) == -ENOMEM)
            r = err_errno(err, ENOMEM, "cannot measure the branches");
        *ret += size;
    }
    branch_list_free(&l);
    return r;
}

/* Bytes of the contents whose places are in other packs, or are those of another content. */
static uint64_t places_saved(struct store *s, const struct collect_object *o)
{
    cleanup_fd int dir = object_open(s, OBJECT_LAYER, &o->digest, NULL, NULL);
    struct places *places = NULL;
    struct place p;
    uint64_t sum = 0;

    if (dir < 0 || places_open(dir, &places, NULL) < 0)
        return 0;
    for (uint64_t i = 0; i < places_count(places); i++)
        sum += places_get(places, i, &p) == 0 ? p.size : 0;
    places_free(places);
    return sum;
}

/* Of a file that n layers have, each saves all but its n-th part. A pack that is left over is not saved: it has the
 * only copy of what is needed in it. */
static int measure_saved(struct store *s, struct accounting *a, struct account *ret, struct err *err)
{
    struct orphans left;
    int r = orphans_find(s, NULL, 0, &left);

    for (size_t i = 0; i < a->present.n; i++)
        if (a->present.objects[i].kind == OBJECT_LAYER)
            a->saved[i] = places_saved(s, &a->present.objects[i]);
    for (size_t i = 0; i < a->measure.n; i++) {
        const struct linked_file *f = &a->measure.files[i];

        if (f->is_content)
            a->saved[f->object] += f->disk_size / f->links * (f->links - 1) * f->here;
    }
    for (size_t i = 0; i < a->present.n; i++)
        ret->saved += a->saved[i];
    ret->saved -= left.kept < ret->saved ? left.kept : ret->saved;
    orphans_free(&left);
    return r < 0 ? err_errno(err, -r, "cannot measure the store") : 0;
}

/* Files that layers share count once; they are unneeded with all of their layers. */
static void sum_linked(const struct accounting *a, struct account *ret)
{
    for (size_t from = 0, end; from < a->measure.n; from = end) {
        const struct linked_file *f = &a->measure.files[from];
        uint64_t unneeded = 0;

        end = measure_run(&a->measure, from);
        for (size_t i = from; i < end; i++) {
            const struct user_count *u = &a->users[a->measure.files[i].object];

            unneeded += u->images == 0 && !u->held ? a->measure.files[i].here : 0;
        }
        ret->contents += f->disk_size;
        if (unneeded >= f->links)
            ret->unneeded += f->disk_size;
    }
}

static int measure(struct store *s, struct accounting *a, struct account *ret, struct err *err)
{
    int r = measure_objects(s, a->present.objects, a->present.n, &a->measure, err);

    a->users = calloc(a->present.n + 1, sizeof *a->users);
    a->wanted = calloc(a->present.n + 1, sizeof *a->wanted);
    a->saved = calloc(a->present.n + 1, sizeof *a->saved);
    ret->images = calloc(a->needs.n + 1, sizeof *ret->images);
    if (r == 0 && (!a->users || !a->wanted || !a->saved || !ret->images))
        r = err_errno(err, ENOMEM, "cannot measure the store");
    if (r < 0)
        return r;
    count_users(a);
    for (size_t i = 0; i < a->present.n; i++) {
        const struct collect_object *o = &a->present.objects[i];

        *(o->kind == OBJECT_BLOB ? &ret->blobs : &ret->contents) += o->disk_size;
    }
    sum_linked(a, ret);
    return measure_saved(s, a, ret, err);
}

/* Chooses as a collection does, which compacts the list of objects. Nothing is freed where it cannot be known
 * what something needs. */
static int add_unneeded(struct store *s, struct accounting *a, struct account *ret, struct err *err)
{
    cleanup_free struct catalog_drop *drops = calloc(a->needs.n + 1, sizeof *drops);
    const struct need *unknown;
    struct staging_others others;
    ssize_t n;
    int r;

    if (!drops)
        return err_errno(err, ENOMEM, "cannot measure the store");
    n = collect_choose(&a->needs, drops, collect_nameless(&a->needs, drops), false, a->present.objects,
                       a->present.n, &unknown);
    if (n < 0)
        return unknown ? 0 : err_errno(err, ENOMEM, "cannot measure the store");
    for (ssize_t i = 0; i < n; i++)
        ret->unneeded += a->present.objects[i].disk_size;
    r = staging_look(s, false, &others);
    if (r < 0)
        return err_errno(err, -r, "cannot look into %s/tmp", store_path(s));
    ret->unneeded += others.dead_size;
    return 0;
}

int store_account(struct store *s, struct account *ret, struct err *err)
{
    struct accounting a = {.users = NULL};
    int r;

    *ret = (struct account){.n = 0};
    r = needs_find(s, NULL, 0, &a.needs, err);
    if (r == 0)
        r = needs_add_mounts(s, &a.needs, err);
    if (r == 0)
        r = present_list(s, &a.present, err);
    if (r == 0)
        r = measure(s, &a, ret, err);
    for (size_t i = 0; r == 0 && i < a.needs.n; i++)
        if (is_first(&a.needs, i) && account_one(&a, &a.needs.all[i], &ret->images[ret->n++]) < 0)
            r = err_errno(err, ENOMEM, "cannot measure the store");
    if (r == 0)
        r = add_unneeded(s, &a, ret, err);
    if (r == 0)
        r = add_branches(s, &ret->branches, err);
    needs_free(&a.needs);
    present_free(&a.present);
    measure_free(&a.measure);
    free(a.users);
    free(a.wanted);
    free(a.saved);
    return r;
}

void account_free(struct account *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->images[i].name);
        for (size_t k = 0; k < a->images[i].n_shared_with; k++)
            free(a->images[i].shared_with[k]);
        free(a->images[i].shared_with);
    }
    free(a->images);
    *a = (struct account){.n = 0};
}

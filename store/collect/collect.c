/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "collect/compact.h"
#include "collect/measure.h"
#include "collect/orphans.h"
#include "collect/plan.h"
#include "collect/present.h"
#include "disk/catalog_edit.h"
#include "disk/catalog_write.h"
#include "disk/staging.h"
#include "os/cleanup.h"

/* One collection. */
struct collection {
    struct store *s;
    const struct collect_options *opt;
    struct staging staging;
    bool begun; /* the staging directory exists */
    struct needs needs;
    struct present present;
    struct catalog_drop *drops; /* the names of `opt`, or the images without a name */
    size_t n_drops;
    struct collect_result *result;
};

/* ---- decide, with the lock held */

/* An image held by a branch or a mount stays in the catalog, without its name. */
static int make_drops(struct collection *c)
{
    const struct collect_options *opt = c->opt;

    c->drops = calloc((opt->drops ? opt->n_drops : c->needs.n) + 1, sizeof *c->drops);
    if (!c->drops)
        return -ENOMEM;
    if (!opt->drops) {
        c->n_drops = collect_nameless(&c->needs, c->drops);
        return 0;
    }
    for (size_t i = 0; i < opt->n_drops; i++) {
        c->drops[i] = opt->drops[i];
        c->drops[i].stays |= collect_is_held(&c->needs, &opt->drops[i].manifest);
    }
    c->n_drops = opt->n_drops;
    return 0;
}

static int tell_nameless(struct collection *c)
{
    struct collect_result *r = c->result;

    if (c->opt->drops)
        return 0;
    r->images = calloc(c->n_drops + 1, sizeof *r->images);
    if (!r->images)
        return -ENOMEM;
    for (size_t i = 0; i < c->n_drops; i++)
        r->images[r->n_images++] = c->drops[i].manifest;
    return 0;
}

static int unknown(const struct need *n, struct err *err)
{
    const char *what = n->is_branch ? "branch" : n->is_mount ? "the mount at" : "image";

    return err_set(
        err, EBUSY,
        "nothing was removed: the needs of %s %s are unknown, because its manifest or config cannot be "
        "read; see mica verify",
        what, n->name);
}

static bool is_removed_branch(const struct collect_options *opt, const struct need *n)
{
    for (size_t i = 0; n->is_branch && i < opt->n_removed_branches; i++)
        if (strcmp(opt->removed_branches[i], n->name) == 0)
            return true;
    return false;
}

static int measure(struct collect_result *result, struct store *s, struct err *err)
{
    struct measure m;
    int r = measure_objects(s, result->objects, result->n, &m, err);

    if (r == 0)
        measure_add_freed(&m, result->objects);
    for (size_t i = 0; r == 0 && i < result->n; i++)
        result->disk_size += result->objects[i].disk_size;
    measure_free(&m);
    return r;
}

static int decide(struct collection *c, struct err *err)
{
    struct collect_result *result = c->result;
    const struct need *not_known;
    ssize_t n;
    int r = needs_find(c->s, NULL, 0, &c->needs, err);

    if (r == 0)
        r = needs_add_mounts(c->s, &c->needs, err);
    for (size_t i = c->needs.n; r == 0 && i-- > 0;)
        if (is_removed_branch(c->opt, &c->needs.all[i]))
            needs_remove(&c->needs, i);
    if (r == 0)
        r = present_list(c->s, &c->present, err);
    if (r < 0)
        return r;
    if (make_drops(c) < 0 || tell_nameless(c) < 0)
        return err_errno(err, ENOMEM, "cannot collect");
    n = collect_choose(&c->needs, c->drops, c->n_drops, c->opt->drops, c->present.objects, c->present.n,
                       &not_known);
    if (n < 0)
        return not_known ? unknown(not_known, err) : err_errno(err, ENOMEM, "cannot collect");
    result->n = (size_t)n;
    result->objects = steal_ptr(&c->present.objects);
    result->foreign = steal_ptr(&c->present.foreign);
    result->n_foreign = c->present.n_foreign;
    c->present.n_foreign = 0;
    return measure(result, c->s, err);
}

/* A branch with an unreadable description holds an unknown image. */
static int check_branches(struct collection *c, struct err *err)
{
    struct branch_list l = {NULL, 0};
    int r = store_branches(c->s, &l, err);

    for (size_t i = 0; r == 0 && i < l.n; i++)
        if (l.branches[i].fault)
            r = err_set(err, EBUSY, "nothing was removed: branch %s: its branch.json cannot be read: %s",
                        l.branches[i].name, strerror(-l.branches[i].fault));
    branch_list_free(&l);
    return r;
}

/* ---- act, with the lock held */

static int change_catalog(struct collection *c, struct err *err)
{
    cleanup_free char *old = NULL, *text = NULL;
    size_t old_len, len = 0;
    int r = catalog_read(c->s, &old, &old_len, err);

    if (r == 0)
        r = catalog_drop(old, old_len, c->drops, c->n_drops, &text, &len, err);
    if (r < 0 || (len == old_len && memcmp(old, text, len) == 0))
        return r;
    r = catalog_stage(c->s, c->staging.fd, text, len, err);
    return r == 0 ? catalog_show(c->s, c->staging.fd, err) : r;
}

/* Opens the directory that the object is in, and returns its name there. No link on the way is followed. */
static int open_parent(struct collection *c, const struct collect_object *o, char path[OBJECT_PATH_MAX],
                       const char **ret_name)
{
    int r = object_path(o->kind, &o->digest, path);
    char *slash = r == 0 ? strrchr(path, '/') : NULL;

    if (!slash)
        return r < 0 ? r : -EINVAL;
    *slash = 0;
    *ret_name = slash + 1;
    return store_open_dir(c->s, path);
}

static int fail_at(struct collection *c, const struct collect_object *o, int r, struct err *err)
{
    char label[OBJECT_LABEL_MAX];

    return err_errno(err, -r, "cannot remove %s from the store %s", object_label(o->kind, &o->digest, label),
                     c->s->path);
}

/* Renames the objects into the staging directory. Trees before layers, layers before blobs: if the process
 * dies, no remaining object refers to a removed one. */
static int take_out(struct collection *c, struct err *err)
{
    for (size_t i = c->result->n; i-- > 0;) {
        char path[OBJECT_PATH_MAX], place[32];
        const char *name;
        cleanup_fd int dir = open_parent(c, &c->result->objects[i], path, &name);
        int r = dir < 0 ? dir : 0;

        snprintf(place, sizeof place, "%zu", i);
        if (r == 0 && renameat(dir, name, c->staging.fd, place) < 0 && errno != ENOENT)
            r = -errno;
        if (r < 0)
            return fail_at(c, &c->result->objects[i], r, err);
    }
    return 0;
}

/* Syncs the directories that objects were taken from: their files are removed next, and after a power loss no
 * name may be back whose object has lost some. */
static int sync_taken(struct collection *c, struct err *err)
{
    char last[OBJECT_PATH_MAX] = "";

    for (size_t i = c->result->n; i-- > 0;) {
        char path[OBJECT_PATH_MAX];
        const char *name;
        cleanup_fd int dir = open_parent(c, &c->result->objects[i], path, &name);

        if (dir >= 0 && strcmp(path, last) == 0) /* they are sorted */
            continue;
        if (dir < 0 || fsync(dir) < 0)
            return fail_at(c, &c->result->objects[i], dir < 0 ? dir : -errno, err);
        memcpy(last, path, sizeof last);
    }
    return 0;
}

static int act(struct collection *c, struct err *err)
{
    int r = c->n_drops ? change_catalog(c, err) : 0;

    if (r < 0 || c->result->postponed)
        return r;
    r = take_out(c, err);
    return r == 0 ? sync_taken(c, err) : r;
}

/* Takes the lock while no other process has a transaction, or else sets `postponed`. */
static int lock_alone(struct collection *c, struct err *err)
{
    bool told = false;

    for (;;) {
        struct staging_others others;
        cleanup_fd int lock = store_lock(c->s, LOCK_EX, err);
        int r = lock < 0 ? lock : staging_look(c->s, !c->opt->dry_run, &others);

        if (lock < 0)
            return lock;
        if (r < 0)
            return err_errno(err, -r, "cannot look into %s/tmp", c->s->path);
        c->result->leftovers += others.dead;
        c->result->leftovers_size += others.dead_size;
        c->result->is_busy = others.live[0];
        c->result->postponed = others.live[0] && !c->opt->dry_run;
        if (!c->result->postponed || !c->opt->wait)
            return steal_fd(&lock);
        close(steal_fd(&lock));
        if (!told && c->opt->waits)
            c->opt->waits(c->opt->ctx);
        told = true;
        r = staging_wait(c->s, others.live);
        if (r < 0)
            return err_errno(err, -r, "cannot wait for another process that writes to the store %s",
                             c->s->path);
    }
}

/* Not earlier: two processes that wait for each other's staging directory would deadlock. */
static int begin(struct collection *c, struct err *err)
{
    int r = staging_create(c->s, &c->staging);

    c->begun = r == 0;
    if (r == 0)
        r = staging_is_waste(&c->staging);
    return r < 0 ? err_errno(err, -r, "cannot write to the store %s", c->s->path) : 0;
}

static int tell_packs(struct collection *c, struct err *err)
{
    struct orphans o;
    int r = orphans_find(c->s, c->result->objects, c->result->n, &o);

    c->result->packs_size = o.wasted;
    c->result->disk_size += o.wasted;
    orphans_free(&o);
    return r < 0 ? err_errno(err, -r, "cannot examine the layers of %s", c->s->path) : 0;
}

/* After the objects are gone, and without the lock. */
static int compact(struct collection *c, struct err *err)
{
    int r = compact_packs(c->s, &c->result->packs_size, err);

    c->result->disk_size += c->result->packs_size;
    return r;
}

static int collect(struct collection *c, struct err *err)
{
    cleanup_fd int lock = lock_alone(c, err);
    int r = lock < 0 ? lock : check_branches(c, err);

    if (r == 0 && c->result->postponed && !c->opt->drops)
        return 0;
    if (r == 0)
        r = decide(c, err);
    if (r == 0 && !c->opt->dry_run)
        r = begin(c, err);
    if (r == 0 && !c->opt->dry_run)
        r = act(c, err);
    if (r == 0 && c->opt->dry_run && !c->opt->drops)
        r = tell_packs(c, err);
    c->result->disk_size += c->result->leftovers_size;
    return r;
}

int store_collect(struct store *s, const struct collect_options *opt, struct collect_result *ret,
                  struct err *err)
{
    struct collection c = {.s = s, .opt = opt, .result = ret};
    int r;

    *ret = (struct collect_result){.n = 0};
    r = collect(&c, err);
    if (c.begun)
        staging_remove(&c.staging); /* with all objects renamed into it */
    if (r == 0 && !opt->dry_run && !opt->drops && !ret->postponed)
        r = compact(&c, err);
    needs_free(&c.needs);
    present_free(&c.present);
    free(c.drops);
    if (r < 0)
        collect_result_free(ret);
    return r;
}

void collect_result_free(struct collect_result *r)
{
    free(r->objects);
    free(r->images);
    for (size_t i = 0; i < r->n_foreign; i++)
        free(r->foreign[i]);
    free(r->foreign);
    *r = (struct collect_result){.n = 0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "collect/plan.h"
#include "collect/present.h"
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
        "nothing was removed: what %s %s needs is not known, because its manifest or config cannot be "
        "read; mica verify tells more",
        what, n->name);
}

static int decide(struct collection *c, struct err *err)
{
    struct collect_result *result = c->result;
    const struct need *not_known;
    ssize_t n;
    int r = needs_find(c->s, NULL, 0, &c->needs, err);

    if (r == 0)
        r = needs_add_mounts(c->s, &c->needs, err);
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
    for (size_t i = 0; r == 0 && i < result->n; i++) {
        r = present_size(c->s, &result->objects[i], err);
        result->disk_size += result->objects[i].disk_size;
    }
    return r;
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

/* Renames an object into the staging directory. Follows no symbolic link on the way. */
static int take_object(struct collection *c, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *parent = strndup(path, (size_t)(slash - path));
    cleanup_fd int dir = parent ? store_open_dir(c->s, parent) : -ENOMEM;

    if (dir < 0)
        return dir;
    return renameat(dir, slash + 1, c->staging.fd, name) < 0 && errno != ENOENT ? -errno : 0;
}

/* Trees before layers, layers before blobs: if the process dies, no remaining object refers to a removed one. */
static int take_out(struct collection *c, struct err *err)
{
    for (size_t i = c->result->n; i-- > 0;) {
        const struct collect_object *o = &c->result->objects[i];
        char path[OBJECT_PATH_MAX], label[OBJECT_LABEL_MAX], name[32];

        snprintf(name, sizeof name, "%zu", i);
        int r = object_path(o->kind, &o->digest, path);
        if (r == 0)
            r = take_object(c, path, name);
        if (r < 0)
            return err_errno(err, -r, "cannot remove %s from the store %s",
                             object_label(o->kind, &o->digest, label), c->s->path);
    }
    return 0;
}

static int act(struct collection *c, struct err *err)
{
    int r = c->n_drops ? change_catalog(c, err) : 0;

    return r == 0 && !c->result->postponed ? take_out(c, err) : r;
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

static int collect(struct collection *c, struct err *err)
{
    cleanup_fd int lock = lock_alone(c, err);
    int r = lock < 0 ? lock : check_branches(c, err);

    if (r == 0)
        r = decide(c, err);
    if (r == 0 && !c->opt->dry_run)
        r = begin(c, err);
    if (r == 0 && !c->opt->dry_run)
        r = act(c, err);
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

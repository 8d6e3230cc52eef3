/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the checks: needs are listed first, so that an image that is imported meanwhile does not count as
 * incomplete; then layers' metadata, on which the rest depends; then bytes; then trees. In a writable store, a
 * transaction keeps other processes from removing objects.
 */
#include "verify/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "os/array.h"
#include "os/cleanup.h"
#include "verify/check.h"
#include "verify/finding.h"
#include "verify/scan.h"
#include "verify/work.h"

#define PIECE (16u << 20) /* bytes of contents per piece of work */

/* A piece of work on bytes: a blob, or some contents of a layer. */
struct piece {
    struct object *object;
    size_t from, to;
    uint64_t size;
};
struct pieces {
    struct piece *all;
    size_t n;
};

static int add_piece(struct pieces *p, struct object *o, size_t from, size_t to, uint64_t size)
{
    struct piece *more = array_room(p->all, p->n, sizeof *more);

    if (!more)
        return -ENOMEM;
    p->all = more;
    p->all[p->n++] = (struct piece){o, from, to, size};
    return 0;
}

static int add_contents(struct check *c, struct pieces *p, struct object *o)
{
    size_t from = 0;
    uint64_t size = 0;
    int r = 0;

    for (size_t i = 0; r == 0 && i < o->n_refs; i++) {
        size += o->refs[i].size;
        if (size < PIECE && i + 1 < o->n_refs)
            continue;
        r = add_piece(p, o, from, i + 1, size);
        c->total += size;
        from = i + 1;
        size = 0;
    }
    return r;
}

static int larger_first(const void *pa, const void *pb)
{
    const struct piece *a = pa, *b = pb;

    return (a->size < b->size) - (a->size > b->size);
}

static int list_pieces(struct check *c, struct pieces *p)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < c->n_objects; i++) {
        struct object *o = &c->objects[i];

        if (o->kind == OBJECT_LAYER && o->state == OBJECT_SOUND)
            r = add_contents(c, p, o);
        if (o->kind != OBJECT_LAYER && o->state == OBJECT_UNCHECKED)
            c->total += o->size;
        if (o->kind == OBJECT_BLOB && o->state == OBJECT_UNCHECKED)
            r = add_piece(p, o, 0, 0, o->size);
    }
    if (p->n)
        qsort(p->all, p->n, sizeof *p->all, larger_first);
    return r < 0 ? check_failed(c, r, "the store") : 0;
}

static void run_layer(struct check *c, void *ctx, size_t i)
{
    struct object *o = &c->objects[i];

    (void)ctx;
    if (o->kind == OBJECT_LAYER && o->state == OBJECT_UNCHECKED)
        check_layer(c, o);
}

static void run_against_blob(struct check *c, void *ctx, size_t i)
{
    (void)ctx;
    check_against_blob(c, &c->objects[i]);
}

static void run_piece(struct check *c, void *ctx, size_t i)
{
    const struct piece *p = &((const struct pieces *)ctx)->all[i];

    if (p->object->kind == OBJECT_BLOB)
        check_blob(c, p->object);
    else
        check_contents(c, p->object, p->from, p->to);
}

static void run_tree(struct check *c, void *ctx, size_t i)
{
    struct object *o = &c->objects[i];

    (void)ctx;
    if (o->kind == OBJECT_TREE && o->state == OBJECT_UNCHECKED)
        check_tree(c, o);
}

static void count(struct check *c)
{
    for (size_t i = 0; i < c->n_objects; i++) {
        const struct object *o = &c->objects[i];

        c->result.blobs += o->kind == OBJECT_BLOB;
        c->result.layers += o->kind == OBJECT_LAYER;
        c->result.trees += o->kind == OBJECT_TREE;
    }
    c->result.bytes = c->done;
}

/* Runs all checks; the check records the first reason that stops it. */
static void check_all(struct check *c)
{
    struct pieces pieces = {NULL, 0};
    int r = c->opt->n_images ? check_list_needed(c) : check_scan(c);

    if (r == 0) {
        check_missing(c);
        check_run(c, c->n_objects, run_layer, NULL);
        if (c->opt->deep)
            check_run(c, c->n_objects, run_against_blob, NULL);
        r = c->error ? c->error : list_pieces(c, &pieces);
    }
    if (r == 0)
        check_run(c, pieces.n, run_piece, &pieces);
    for (size_t i = 0; !c->error && i < c->n_objects; i++)
        if (c->objects[i].ix)
            check_layer_done(c, &c->objects[i]);
    if (!c->error)
        check_run(c, c->n_objects, run_tree, NULL);
    if (!c->error)
        check_disputes(c);
    if (!c->error)
        check_branches(c);
    if (!c->error)
        check_end(c);
    count(c);
    free(pieces.all);
}

static void free_check(struct check *c)
{
    for (size_t i = 0; i < c->n_objects; i++) {
        if (c->objects[i].ix)
            index_free(c->objects[i].ix);
        places_free(c->objects[i].places);
        free(c->objects[i].refs);
    }
    free(c->objects);
    needs_free(&c->needs);
    verify_result_free(&c->result);
    pthread_mutex_destroy(&c->lock);
}

/* Lists the needs. An unreadable catalog is a finding, or an error if an image was requested. */
static int find_needs(struct check *c, struct err *err)
{
    struct err line = {""};
    int r = needs_find(c->s, c->opt->images, c->opt->n_images, &c->needs, &line);

    if (r < 0 && (check_is_trouble(r) || c->opt->n_images)) {
        *err = line;
        return r;
    }
    if (r < 0)
        check_note(c, check_fault_of(r, VERIFY_METADATA), VERIFY_CATALOG, NULL, "index.json", "%s",
                   line.text);
    return 0;
}

int verify_store(struct store *s, const struct verify_options *opt, struct verify_result *ret,
                 struct err *err)
{
    struct check c = {.s = s, .opt = opt, .tmp_fd = -1};
    struct tx *tx = NULL;
    int r;

    pthread_mutex_init(&c.lock, NULL);
    c.writable = tx_begin(s, &tx, NULL) == 0;
    if (c.writable)
        c.tmp_fd = tx_fd(tx);
    r = find_needs(&c, err);
    if (r == 0) {
        check_all(&c);
        r = c.error;
        if (r < 0 && err)
            *err = c.err;
    }
    if (r == 0) {
        *ret = c.result;
        c.result = (struct verify_result){.findings = NULL};
    }
    tx_abort(tx);
    free_check(&c);
    return r;
}

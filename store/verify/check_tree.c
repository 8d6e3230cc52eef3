/* SPDX-License-Identifier: Apache-2.0 */
/* Compares a tree with a new merge of its layers, byte by byte. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "indexing/merge.h"
#include "os/beneath.h"
#include "os/cleanup.h"
#include "os/fd.h"
#include "tree/index_verify.h"
#include "verify/check.h"
#include "verify/finding.h"
#include "verify/scan.h"
#include "verify/stack.h"
#include "verify/work.h"

#define CHUNK (256u << 10)

/* 1 if two files have equal bytes, 0 if not, or an error. */
static int same_bytes(struct check *c, int a, int b)
{
    cleanup_free char *buf = malloc(2 * CHUNK);

    if (!buf)
        return -ENOMEM;
    for (uint64_t at = 0;; at += CHUNK) {
        ssize_t n = check_cancelled(c) ? -ECANCELED : fd_pread(a, buf, CHUNK, at);
        ssize_t m = n < 0 ? n : fd_pread(b, buf + CHUNK, CHUNK, at);

        if (n < 0 || m < 0)
            return (int)(n < 0 ? n : m);
        if (n != m || memcmp(buf, buf + CHUNK, (size_t)n) != 0)
            return 0;
        if (n == 0)
            return 1;
        check_progress(c, (uint64_t)n);
    }
}

static int make_scratch(const struct check *c)
{
    int fd;

    if (c->tmp_fd >= 0)
        return fd_unnamed(c->tmp_fd);
    fd = memfd_create("mica-verify", MFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Returns the index of a checked layer, or of one in a read-only store below, which *ret_own then owns. */
static const struct index *find_layer(struct check *c, const struct digest *diff_id, struct index **ret_own)
{
    const struct object *layer = check_find(c, OBJECT_LAYER, diff_id);

    if (layer)
        return layer->ix;
    return store_open_layer_index(c->s, diff_id, ret_own, NULL) == 0 ? *ret_own : NULL;
}

/* 1 if the tree equals the merge of its layers, 0 if not, -ENOENT if a layer is missing or damaged. */
static int compare_layers(struct check *c, const struct object *o, const struct stack *stack,
                          struct index **own, struct err *err)
{
    cleanup_free struct merge_layer *layers = calloc(stack->n + 1, sizeof *layers);
    cleanup_fd int fresh = make_scratch(c), kept = -1;
    int r;

    if (!layers || fresh < 0)
        return !layers ? -ENOMEM : fresh;
    for (size_t i = 0; i < stack->n; i++) {
        const struct index *ix = find_layer(c, &stack->ids[i], &own[i]);

        if (!ix)
            return -ENOENT;
        layers[i] = (struct merge_layer){ix, stack->ids[i].bytes, digest_len(stack->ids[i].alg)};
    }
    r = merge_layers(layers, (uint32_t)stack->n, c->tmp_fd, fresh, c->opt->cancel, err);
    if (r < 0)
        return r == -ENOENT ? -EUCLEAN : r;
    kept = beneath_open(store_fd(c->s), o->path, O_RDONLY | O_NONBLOCK, 0);
    return kept < 0 ? kept : same_bytes(c, kept, fresh);
}

static int compare(struct check *c, const struct object *o, const struct stack *stack, struct err *err)
{
    cleanup_free struct index **own = calloc(stack->n + 1, sizeof(struct index *));
    int r = own ? compare_layers(c, o, stack, own, err) : -ENOMEM;

    for (size_t i = 0; own && i < stack->n; i++)
        if (own[i])
            index_free(own[i]);
    return r;
}

static int open_and_compare(struct check *c, struct object *o, struct err *err)
{
    cleanup_fd int fd = beneath_open(store_fd(c->s), o->path, O_RDONLY | O_NONBLOCK, 0);
    struct stack stack = {NULL, 0};
    struct index *ix = NULL;
    int r = fd;

    if (fd < 0)
        return err_errno(err, -fd, "it cannot be opened");
    if (index_is_outdated(fd, INDEX_TREE))
        return err_set(err, EUCLEAN, "it was created by an older mica");
    r = index_open(fd, o->path, INDEX_TREE, &ix, err);
    if (r == 0)
        r = index_verify(ix, err);
    if (r == 0)
        r = stack_of_tree(ix, &o->digest, &stack, err);
    if (ix)
        index_free(ix);
    if (r == 0)
        r = compare(c, o, &stack, err);
    stack_free(&stack);
    return r;
}

void check_tree(struct check *c, struct object *o)
{
    struct err err = {""};
    int r = open_and_compare(c, o, &err);

    if (r == 1)
        o->state = OBJECT_SOUND;
    else if (check_is_trouble(r))
        check_failed(c, r, o->path);
    else if (r == 0)
        o->state = OBJECT_DISPUTED;
    else if (r != -ENOENT) /* faults of its layers are reported with the layers */
        check_note_object(c, o, check_fault_of(r, VERIFY_METADATA), NULL, "%s",
                          err.text[0] ? err.text : strerror(-r));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree and its layers are each consistent, but do not match: a file was replaced by another valid one. Reading the
 * layer again from its blob tells which one is wrong. If no layer can be read again, the tree is reported, because it
 * can be rebuilt.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "os/beneath.h"
#include "os/cleanup.h"
#include "verify/check.h"
#include "verify/finding.h"
#include "verify/reread.h"
#include "verify/same_layer.h"
#include "verify/scan.h"
#include "verify/stack.h"

#define NAME      "reread"
#define NAME_SIZE (sizeof NAME + 32)

/* 1 if the layer equals the one unpacked from its blob, 0 if not, or an error if they cannot be compared. */
static int compare_with_blob(struct check *c, const struct object *o, const char name[NAME_SIZE])
{
    char path[sizeof NAME + 64];
    struct index *fresh = NULL;
    int r = c->writable ? reread_layer(c->s, &c->needs, &o->digest, c->tmp_fd, name, c->opt->cancel, NULL)
                        : -EROFS;

    if (r < 0)
        return r;
    snprintf(path, sizeof path, "%s/index", name);
    cleanup_fd int fd = beneath_open(c->tmp_fd, path, O_RDONLY, 0);
    r = fd < 0 ? fd : index_open(fd, name, INDEX_LAYER, &fresh, NULL);
    if (r == 0) {
        r = same_layer(o->ix, fresh);
        index_free(fresh);
    }
    beneath_remove(c->tmp_fd, name);
    return r;
}

void check_against_blob(struct check *c, struct object *o)
{
    char name[NAME_SIZE];
    int r;

    if (!o->ix || o->was_reread)
        return;
    o->was_reread = true;
    snprintf(name, sizeof name, NAME "-%zu", (size_t)(o - c->objects));
    r = compare_with_blob(c, o, name);
    if (r == 0) {
        check_note_object(c, o, VERIFY_METADATA, "index", "it differs from the layer in its blob");
        o->is_other = true;
    } else if (r < 0 && check_is_trouble(r)) {
        check_failed(c, r, o->path);
    }
}

/* Reads the table of layers of a well-formed tree. */
static int read_stack(struct check *c, const struct object *o, struct stack *ret)
{
    cleanup_fd int fd = beneath_open(store_fd(c->s), o->path, O_RDONLY | O_NONBLOCK, 0);
    struct index *ix;
    int r = fd < 0 ? fd : index_open(fd, o->path, INDEX_TREE, &ix, NULL);

    if (r < 0)
        return r;
    r = stack_of_tree(ix, &o->digest, ret, NULL);
    index_free(ix);
    return r;
}

static void settle(struct check *c, struct object *o)
{
    struct stack stack = {NULL, 0};
    bool layer_is_wrong = false;

    if (read_stack(c, o, &stack) == 0) {
        for (size_t i = 0; i < stack.n; i++) {
            struct object *layer = check_find(c, OBJECT_LAYER, &stack.ids[i]);

            if (layer)
                check_against_blob(c, layer);
            layer_is_wrong |= layer && layer->is_other;
        }
    }
    stack_free(&stack);
    o->state = OBJECT_UNCHECKED;
    if (!layer_is_wrong)
        check_note_object(c, o, VERIFY_METADATA, NULL, "it differs from a merge of its layers");
}

void check_disputes(struct check *c)
{
    for (size_t i = 0; i < c->n_objects && !c->error; i++)
        if (c->objects[i].state == OBJECT_DISPUTED)
            settle(c, &c->objects[i]);
}

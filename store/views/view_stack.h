/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of an image, and the indexes of views of them, made in unnamed files. */
#ifndef MICA_VIEWS_VIEW_STACK_H
#define MICA_VIEWS_VIEW_STACK_H

#include "indexing/merge.h"
#include "os/err.h"
#include "tree/index.h"

enum view_kind {
    VIEW_LAYER,  /* a layer alone (layer_view.h) */
    VIEW_UPTO,   /* the image with a layer on top */
    VIEW_HIDDEN, /* the files of a layer that later layers replace or remove, and the directories above them */
};
#define VIEW_KINDS 3

struct view_stack {
    uint32_t n;
    struct index **indexes; /* bottom first */
    struct merge_layer *layers;
    int tmp; /* directory of unnamed files; -1: in memory */
};

/* Makes an empty stack for the layers of `image`, the index of the merged tree, which must outlive it. Takes over `tmp`
 * in every case. Then set indexes[0 .. n). Call view_stack_clear in every case. -ENOMEM. */
int view_stack_init(struct view_stack *s, const struct index *image, int tmp);
/* Frees the indexes as well. */
void view_stack_clear(struct view_stack *s);
/* Begins the use, when all indexes are set. */
int view_stack_ready(struct view_stack *s, const struct index *image);

/* Makes the index (kind tree) of the view of `layer` (bottom = 0). Takes time linear in the files of the layers that it
 * reads. `err` says what is damaged. */
int view_stack_index(const struct view_stack *s, enum view_kind kind, uint32_t layer, struct index **ret,
                     struct err *err);

/* Gets the metadata of the view's root, and the index with its attributes, without making the view. `nlink` is 1, "not
 * counted". -EUCLEAN. */
int view_stack_root(const struct view_stack *s, enum view_kind kind, uint32_t layer, struct index_inode *ret,
                    const struct index **ret_index);

#endif

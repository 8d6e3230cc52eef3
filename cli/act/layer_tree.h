/* SPDX-License-Identifier: Apache-2.0 */
/* --upto N and --layer N: an image up to a layer, or a single layer, merged into an unnamed index. */
#ifndef MICA_ACT_LAYER_TREE_H
#define MICA_ACT_LAYER_TREE_H

#include "act/image_arg.h"
#include "command/options.h"
#include "tree/tree.h"

/* The chosen layers; all zero: the whole image. The bottom layer is 1. */
struct layer_choice {
    uint64_t upto, layer;
};

enum {
    LAYER_OPTION_UPTO = 400,
    LAYER_OPTION_LAYER,
};
#define LAYER_OPTIONS                                                                                        \
    {LAYER_OPTION_UPTO, "upto", "N", "use the image with its first N layers only"},                          \
    {                                                                                                        \
        LAYER_OPTION_LAYER, "layer", "N", "use only the files in layer N, without its removals"              \
    }

/* Handles these two options; ignores others. */
void layer_choice_take(struct layer_choice *c, struct options *o, int option);
/* Makes the tree of these layers. 0, or an exit status after an error message. */
int layer_tree(const struct image_arg *a, const struct layer_choice *c, struct tree **ret);

/* A path that the chosen layers do not have, as the command line named it. */
struct layer_missing {
    const char *verb;
    const char *image; /* the word of the image, which may contain the path */
    const char *path;
    const char *shown; /* in the message */
    const char *after; /* further words of the command, NULL: none */
};

/* Prints why the walk to the path failed with `error`; if the whole image was asked, also the layer that removed the path and
 * the command that shows it. Returns an exit status. */
int layer_fail_missing(const struct image_arg *a, const struct layer_choice *c, struct tree *t,
                       const struct layer_missing *m, int error);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `mica which`: the stories (layer_story.h) of all layers that speak of a path, and how they
 * are shown. */
#ifndef MICA_SHOW_WHICH_H
#define MICA_SHOW_WHICH_H

#include "disk/store.h"
#include "show/layer_story.h"
#include "show/tree_path.h"

struct which_layer {
    size_t layer; /* bottom = 0 */
    struct story story;
    char *target;  /* of a symbolic link, or the path that a hard link leads to; NULL for others */
    char *command; /* that made the layer; may be "" */
};
struct which {
    const struct image *image;
    const struct tree_path *names;
    char *path;
    bool exists, is_dir;
    struct which_layer *layers; /* those that speak of the path, topmost first */
    size_t n;
};
/* `image` and `path` are borrowed for as long as the answer lives. Free it also after a failure. */
int which_ask(struct store *s, const struct image *image, const struct tree_path *path, struct which *ret,
              struct err *err);
void which_free(struct which *w);
/* On standard output. 0, -EIO or -ENOMEM. */
int which_print(const struct which *w);
int which_print_json(const struct which *w);

#endif

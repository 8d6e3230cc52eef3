/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `mica which`: the events (study/study.h) of all layers that speak of a path, and how they are shown. */
#ifndef MICA_SHOW_WHICH_H
#define MICA_SHOW_WHICH_H

#include "disk/store.h"
#include "show/json_out.h"
#include "show/tree_path.h"
#include "study/study.h"

enum which_action {
    WHICH_ADDS,     /* brings it where there was nothing */
    WHICH_REPLACES, /* brings it over something */
    WHICH_MERGES,   /* a directory over a directory: the names of both are in it */
    WHICH_REMOVES,  /* a whiteout of the path or of a directory above it */
    WHICH_HIDES,    /* an opaque directory above it, or a file in such a directory's place */
};

/* Files that a layer has beneath a directory, names counted. */
struct which_below {
    uint64_t files, size;               /* that the image shows */
    uint64_t hidden_files, hidden_size; /* that later layers hide */
};

struct which_layer {
    size_t layer; /* bottom = 0 */
    enum which_action action;
    bool brings;      /* the layer itself has something there */
    bool lower_link;  /* that is a hard link to something of the layers beneath */
    bool metadata;    /* what the path is (or its metadata) comes from this layer */
    bool visible;     /* what it brings is to be seen in the image */
    bool opaque;      /* the directory that it brings hides the names beneath */
    size_t hidden_by; /* when it brings something that is not visible: the layer that hides it */
    size_t depth;  /* REMOVES, HIDES: names of the path that lead to the whiteout or directory that does it */
    bool compared; /* REPLACES, MERGES: `differs` counts */
    unsigned differs;         /* from what was beneath, STUDY_DIFFERS_* */
    struct index_inode inode; /* as the layer has it */
    char *target;             /* of a symbolic link, or the path that a hard link leads to; NULL for others */
    char *command;            /* that made the layer; may be "" */
    struct which_below below;
};

struct which {
    const struct image *image;
    const struct tree_path *names;
    char *path;
    bool exists, is_dir;
    bool has_names;             /* it is a directory in some layer: `below` counts */
    struct which_layer *layers; /* those that speak of the path, topmost first */
    size_t n;
};

/* `image` and `path` are borrowed for as long as the answer lives. Free it also after a failure. */
int which_ask(struct store *s, const struct image *image, const struct tree_path *path, struct which *ret,
              struct err *err);
void which_free(struct which *w);

const char *which_action_name(enum which_action a);

/* On standard output, with the image's name where `named` (which_print.c). 0, -EIO or -ENOMEM. */
int which_print(const struct which *w, bool named);
/* An object for each layer. */
int which_print_json(const struct which *w, bool named, struct json_list *l);

#endif

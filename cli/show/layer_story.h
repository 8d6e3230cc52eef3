/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each layer of a stack does to one path, for `mica which`.
 *
 * Every layer's index is asked for the path, name by name; then the stack is put together from the bottom: to
 * a layer, all that lies beneath it is one lower layer, and the one rule (tree/resolve.h) says for each name
 * on the way whether it is hidden and at the end what the path is.
 */
#ifndef MICA_SHOW_LAYER_STORY_H
#define MICA_SHOW_LAYER_STORY_H

#include <stdbool.h>

#include "show/tree_path.h"
#include "tree/index.h"

enum story_action {
    STORY_NOTHING,  /* says nothing of the path */
    STORY_ADDS,     /* brings it where there was nothing */
    STORY_REPLACES, /* brings it over something */
    STORY_MERGES,   /* a directory over a directory: the names of both are in it */
    STORY_REMOVES,  /* a whiteout of the path or of a directory above it */
    STORY_HIDES,    /* an opaque or replaced directory above it, or a file in such a directory's place */
};

struct story {
    enum story_action action;
    bool brings;      /* the layer itself has something there: `inode` */
    bool lower_link;  /* that is a hard link to something of the layers beneath */
    bool metadata;    /* what the path is (or its metadata) comes from this layer */
    bool visible;     /* what it brings is to be seen in the merged tree */
    bool opaque;      /* the directory it brings hides the names beneath */
    size_t hidden_by; /* when it brings something that is not visible: the layer that hides it */
    size_t
        depth; /* REMOVES, HIDES: how many names of the path lead to the whiteout or directory that does it */
    struct index_inode inode;
};

/* Takes the layers bottom first, one call each, and tells their stories in `stories` (room for all; index n =
 * layer n). */
struct teller {
    const struct tree_path *path;
    struct story *stories;
    size_t n;            /* layers told so far */
    bool exists, is_dir; /* what the path is in these */
};
int story_tell(struct teller *t, const struct index *layer);

/* "adds", "replaces", ... */
const char *story_action_name(enum story_action a);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The result of `mica which`: the events (study/study.h) of all layers that affect a path, and their
 * output. */
#ifndef MICA_SHOW_WHICH_H
#define MICA_SHOW_WHICH_H

#include "disk/store.h"
#include "os/buf.h"
#include "show/json_out.h"
#include "show/tree_path.h"
#include "study/study.h"

enum which_action {
    WHICH_ADDS,     /* adds it where nothing was */
    WHICH_REPLACES, /* adds it over another entry */
    WHICH_MERGES,   /* a directory over a directory: shows the names of both */
    WHICH_REMOVES,  /* a whiteout of the path or of a directory above it */
    WHICH_HIDES,    /* an opaque directory above it, or a file in place of such a directory */
};

/* Files of a layer beneath a directory; each name counts. */
struct which_below {
    uint64_t files, size;               /* that the image shows */
    uint64_t hidden_files, hidden_size; /* that later layers hide */
};

struct which_layer {
    size_t layer; /* bottom = 0 */
    enum which_action action;
    bool brings;      /* the layer itself has an entry there */
    bool lower_link;  /* the entry is a hard link to a file of lower layers */
    bool metadata;    /* the path (or its metadata) in the image is this layer's */
    bool visible;     /* the entry is visible in the image */
    bool opaque;      /* the entry is a directory that hides the names beneath */
    size_t hidden_by; /* for an entry that is not visible: the layer that hides it */
    size_t depth;     /* REMOVES, HIDES: number of names of the path down to the whiteout or directory */
    bool compared;    /* REPLACES, MERGES: `differs` is valid */
    unsigned differs; /* from the entry beneath, STUDY_DIFFERS_* */
    struct index_inode inode; /* of the layer's entry */
    char *target;             /* of a symbolic link, or the path of a hard link's target; otherwise NULL */
    char *command;            /* that made the layer; may be "" */
    struct which_below below;
};

struct which {
    const struct image *image;
    const struct tree_path *names;
    char *path;
    bool exists, is_dir;
    bool has_names;             /* it is a directory in some layer: `below` is valid */
    struct which_layer *layers; /* those that affect the path, topmost first */
    size_t n;
};

/* Makes the result. Borrows `image` and `path` for its life. Free *ret also after a failure. */
int which_ask(struct store *s, const struct image *image, const struct tree_path *path, struct which *ret,
              struct err *err);
void which_free(struct which *w);
/* As which_ask, from a study of the image that is open, and without `below`. Restarts its walk. */
int which_of(struct study *s, const struct image *image, const struct tree_path *path, struct which *ret);

const char *which_action_name(enum which_action a);

/* Append words about a layer of the result: "changes mode", its entry, whether that is visible. 0 or -ENOMEM
 * (which_words.c) */
int which_does(struct buf *b, const struct which_layer *l);
int which_entry(struct buf *b, const struct which *w, const struct which_layer *l);
int which_state(struct buf *b, const struct which *w, const struct which_layer *l);

#endif

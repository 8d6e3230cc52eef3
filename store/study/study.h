/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of every path of a stack: which layer added, replaced, changed, removed or hid it.
 *
 * The indexes of all layers are walked at once, names merged in their sorted order, directories before their names
 * (depth first). For each path there is a list of events, the bottom layer first: one for each layer that has the path
 * or takes it away. An event compares two snapshots: what the path is in the image after the layer, and after the layer
 * beneath. All answers about layers are made of that: provenance, totals (totals.h), waste, differences.
 *
 * The walk is linear in the names of all layers, and holds what is open on the way down: per directory a cursor for each
 * layer that has it. Only hard links between layers cost memory (merge_links.h). One thread at a time.
 *
 *     study_open(layers, n, &s, err);
 *     while ((r = study_next(s, &path)) > 0)       every path, "/" first
 *         ... path->events[0 .. path->n) ...         study_skip(s): not what is in it
 *     study_close(s);
 *
 * A screen that shows one directory begins there with study_enter, skips each name's own names, and asks
 * study_between for the state of each in the layers that are chosen.
 */
#ifndef MICA_STUDY_STUDY_H
#define MICA_STUDY_STUDY_H

#include <stdbool.h>

#include "tree/index.h"
#include "tree/resolve.h"

#define STUDY_NEVER UINT32_MAX /* in place of a layer */

/* Two snapshots of one path beside each other. */
enum study_change {
    STUDY_NOTHING,  /* it is in neither */
    STUDY_SAME,     /* content and metadata are the same, also where the layer brings them once more */
    STUDY_ADDED,    /* it was not there */
    STUDY_CONTENT,  /* type, content, target of the link or device differ */
    STUDY_METADATA, /* only mode, owner, time or extended attributes differ */
    STUDY_REMOVED,
};

/* By what a layer takes away that which lies beneath it. */
enum study_way {
    STUDY_BY_NONE,
    STUDY_BY_ENTRY,    /* another entry of the same path */
    STUDY_BY_WHITEOUT, /* of the path or of a directory above it */
    STUDY_BY_OPAQUE,   /* a directory above it is opaque */
    STUDY_BY_TYPE,     /* something else than a directory has the place of a directory above it */
};

/* How two inodes differ. */
enum {
    STUDY_DIFFERS_TYPE = 1u << 0,
    STUDY_DIFFERS_CONTENT = 1u << 1, /* of a regular file, by size and XXH3-64 */
    STUDY_DIFFERS_TARGET = 1u << 2,
    STUDY_DIFFERS_DEVICE = 1u << 3,
    STUDY_DIFFERS_MODE = 1u << 4,
    STUDY_DIFFERS_OWNER = 1u << 5,
    STUDY_DIFFERS_MTIME = 1u << 6,
    STUDY_DIFFERS_XATTRS = 1u << 7,
};
#define STUDY_DIFFERS_IN_CONTENT                                                                             \
    (STUDY_DIFFERS_TYPE | STUDY_DIFFERS_CONTENT | STUDY_DIFFERS_TARGET | STUDY_DIFFERS_DEVICE)

/* What a path is in a snapshot. */
struct study_thing {
    bool exists;
    uint32_t layer, number; /* the inode that gives content and metadata; number 0: a directory that no layer
                                 describes, 0755 of root's */
    struct index_inode inode; /* of it: hard links are followed */
};

struct study_event {
    uint32_t layer;
    struct fact own;     /* what the layer itself says of the path; FACT_ABSENT: only of a directory above */
    uint32_t own_number; /* the inode of the layer that it has there; 0 for none */
    struct index_inode own_inode; /* as the layer has it: a lower link is none that was followed */
    enum study_change change;     /* of the snapshot beneath to this one */
    enum study_way way; /* by what the thing beneath went; NONE where it stays or nothing was there */
    size_t depth;       /* WHITEOUT, OPAQUE, TYPE: names of the path to where that is said */
    bool ends;          /* nothing that lower layers have there is seen any more */
    uint32_t hidden_by; /* the event (an index) that ends what this one brings; STUDY_NEVER: it is visible */
    struct study_thing after; /* the path in the image with this layer on top */
};

struct study_path {
    const char *text; /* "/a/b", NUL-terminated; "/" for the root */
    size_t len;
    size_t depth;     /* names; 0 for the root */
    const char *name; /* the last one, in `text` */
    size_t name_len;
    bool has_names; /* some layer has a directory there */
    const struct study_event *events;
    size_t n;
};

struct study;

/* The indexes of the layers (bottom first) and `err` are borrowed until study_close. -ENOMEM. */
int study_open(const struct index *const *layers, uint32_t n, struct err *err, struct study **ret);
void study_close(struct study *s);
uint32_t study_layers(const struct study *s);
/* The index of a layer: for xattrs and targets of what events name. */
const struct index *study_index(const struct study *s, uint32_t layer);

/* The next path, valid until the next call. 1, 0 at the end, -EUCLEAN for a damaged layer, -ENOMEM and the errors of
 * merge_links_follow; the line in `err` says more. */
int study_next(struct study *s, const struct study_path **ret);
/* Passes over all that is in the path that was returned last. */
void study_skip(struct study *s);
/* Begins anew: the next path is the one of these names (n = 0: the root), and what is in it follows; then the walk is at
 * its end. Symbolic links are not followed. A path that no layer speaks of: the next call returns it without events. */
int study_enter(struct study *s, const char *const *names, size_t n);
/* Begins anew with the root. */
int study_rewind(struct study *s);

/* What the path is after the layers 0 .. upto - 1; exists is false for 0. */
struct study_thing study_thing_at(const struct study_path *p, uint32_t upto);
/* The change that layers from .. to (both included) make to a path, taken as one; *ret_differs may be NULL. */
int study_between(const struct study *s, const struct study_path *p, uint32_t from, uint32_t to,
                  enum study_change *ret, unsigned *ret_differs);

/* How two things of this stack, or of two, differ: a set of STUDY_DIFFERS_*. -EUCLEAN. Both exist. (same.c) */
int study_differences(const struct index *a_index, const struct index_inode *a, const struct index *b_index,
                      const struct index_inode *b, unsigned *ret);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of every path of a stack: the layers that added, replaced, changed, removed or hid it.
 *
 * Walks the indexes of all layers at once: names merged in sorted order, each directory before its names
 * (depth first). Each path has a list of events, bottom layer first: one for each layer that has the path or
 * removes it. An event compares two snapshots of the path: in the image with the layer on top, and in the image
 * beneath it. All queries about layers are computed from events: provenance, totals (totals.h), waste,
 * differences.
 *
 * The walk is linear in the names of all layers. Its memory is one cursor per open directory and layer, plus
 * the hard links between layers (merge_links.h). One thread at a time.
 *
 *     study_open(layers, n, &s, err);
 *     while ((r = study_next(s, &path)) > 0)       every path, "/" first
 *         ... path->events[0 .. path->n) ...         study_skip(s): skip its contents
 *     study_close(s);
 *
 * To show one directory: begin there with study_enter, skip the contents of each name, and get the change
 * between chosen layers from study_between.
 */
#ifndef MICA_STUDY_STUDY_H
#define MICA_STUDY_STUDY_H

#include <stdbool.h>

#include "tree/index.h"
#include "tree/resolve.h"

#define STUDY_NEVER UINT32_MAX /* for "no layer" */

/* The difference between two snapshots of a path. */
enum study_change {
    STUDY_NOTHING,  /* missing in both */
    STUDY_SAME,     /* equal content and metadata, even if the layer contains them again */
    STUDY_ADDED,    /* missing in the first */
    STUDY_CONTENT,  /* different type, content, link target or device */
    STUDY_METADATA, /* only mode, owner, time or extended attributes differ */
    STUDY_REMOVED,
};

/* The means by which a layer removes a lower entry. */
enum study_way {
    STUDY_BY_NONE,
    STUDY_BY_ENTRY,    /* another entry at the same path */
    STUDY_BY_WHITEOUT, /* a whiteout of the path or of a directory above it */
    STUDY_BY_OPAQUE,   /* an opaque directory above it */
    STUDY_BY_TYPE,     /* an entry other than a directory in place of a directory above it */
};

/* Differences between two inodes. */
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

/* A path's state in a snapshot. */
struct study_thing {
    bool exists;
    uint32_t layer, number;   /* the inode with content and metadata; number 0: a directory that no layer
                             * describes, root's, 0755 */
    struct index_inode inode; /* that inode, hard links resolved */
};

struct study_event {
    uint32_t layer;
    struct fact own;     /* the layer's own entry; FACT_ABSENT: the layer only affects a directory above */
    uint32_t own_number; /* the inode of the layer's own entry; 0 for none */
    struct index_inode own_inode; /* as stored: a hard link to a lower layer is not resolved */
    enum study_change change;     /* from the snapshot beneath to this one */
    enum study_way way;       /* means of the lower entry's removal; NONE if it remains or there was none */
    size_t depth;             /* for WHITEOUT, OPAQUE, TYPE: depth in the path of the entry that removes */
    bool ends;                /* hides every lower entry of the path */
    uint32_t hidden_by;       /* index of the event that ends this one's result; STUDY_NEVER: still visible */
    struct study_thing after; /* the path in the image with this layer on top */
};

struct study_path {
    const char *text; /* "/a/b", NUL-terminated; "/" for the root */
    size_t len;
    size_t depth;     /* number of names; 0 for the root */
    const char *name; /* the last name, in `text` */
    size_t name_len;
    bool has_names; /* a directory in at least one layer */
    const struct study_event *events;
    size_t n;
};

struct study;

/* Borrows the layers' indexes (bottom first) and `err` until study_close. -ENOMEM. */
int study_open(const struct index *const *layers, uint32_t n, struct err *err, struct study **ret);
void study_close(struct study *s);
uint32_t study_layers(const struct study *s);
/* Returns the index of a layer, to read xattrs and link targets of an event's inodes. */
const struct index *study_index(const struct study *s, uint32_t layer);

/* Returns the next path, valid until the next call. 1; 0 at the end; -EUCLEAN for a damaged layer, -ENOMEM or an
 * error of merge_links_follow, with a line in `err`. */
int study_next(struct study *s, const struct study_path **ret);
/* Skips the contents of the last path returned. */
void study_skip(struct study *s);
/* Restarts the walk at the path of these names (n = 0: the root): the next call returns it, the following ones its
 * contents, then the walk ends. Does not follow symbolic links. A path in no layer is returned without events. */
int study_enter(struct study *s, const char *const *names, size_t n);
/* Restarts the walk at the root. */
int study_rewind(struct study *s);

/* Returns the path's state after layers 0 .. upto - 1; `exists` is false for 0. */
struct study_thing study_thing_at(const struct study_path *p, uint32_t upto);
/* Returns the combined change that layers from .. to (inclusive) make to a path; *ret_differs may be NULL. */
int study_between(struct study *s, const struct study_path *p, uint32_t from, uint32_t to,
                  enum study_change *ret, unsigned *ret_differs);

/* Sets of extended attributes that were compared: of the study's lifetime. */
struct study_sets;
struct study_sets *study_sets(struct study *s);

/* Returns the differences (STUDY_DIFFERS_*) between two existing inodes, of this stack or of two. -EUCLEAN.
 * (same.c) */
int study_differences(struct study_sets *sets, const struct index *a_index, const struct index_inode *a,
                      const struct index *b_index, const struct index_inode *b, unsigned *ret);

#endif

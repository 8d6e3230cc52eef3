/* SPDX-License-Identifier: Apache-2.0 */
/* Turns the layers' entries for one path into its events. Private to this folder. */
#ifndef MICA_STUDY_EVENTS_H
#define MICA_STUDY_EVENTS_H

#include "indexing/merge_links.h"
#include "os/buf.h"
#include "study/study.h"

/* One layer's own entry for the path. */
struct study_entry {
    uint32_t layer, number;
    struct fact fact;
    struct index_inode inode;
    uint32_t name_dir; /* the layer's directory with the name; 0 for the root */
    struct index_name name;
};

/* A layer's removal of everything beneath a directory of lower layers. */
struct study_cut {
    uint32_t layer;
    enum study_way way;
    size_t depth; /* names from the root to the whiteout, opaque directory or file that cuts */
};

/* Appends the events of a path (struct study_event) to `events`. `entries` are sorted bottom layer first, `cuts`
 * (those of the directories above) by layer. `depth` is the path's. */
int study_events_make(struct merge_links *links, struct study_sets *sets, const struct study_entry *entries,
                      size_t n, const struct study_cut *cuts, size_t n_cuts, size_t depth,
                      struct buf *events);

/* Returns the cut that an entry makes in its path's contents. False: it makes none. */
bool study_cut_of(const struct study_entry *e, size_t depth, struct study_cut *ret);

/* Returns the hard links between the study's layers, resolved. (walk.c) */
struct merge_links *study_links(struct study *s);

#endif

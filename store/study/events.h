/* SPDX-License-Identifier: Apache-2.0 */
/* From what layers say of one path to its events. Private to this folder. */
#ifndef MICA_STUDY_EVENTS_H
#define MICA_STUDY_EVENTS_H

#include "indexing/merge_links.h"
#include "os/buf.h"
#include "study/study.h"

/* What one layer itself says of the path. */
struct study_entry {
    uint32_t layer, number;
    struct fact fact;
    struct index_inode inode;
    uint32_t name_dir; /* the layer's directory that has the name; 0 for the root */
    struct index_name name;
};

/* A layer that takes away everything beneath a directory that lower layers have. */
struct study_cut {
    uint32_t layer;
    enum study_way way;
    size_t depth; /* names from the root to where it is said */
};

/* Appends to `events` (struct study_event) those of a path: `entries` with the bottom layer first, `cuts` those of the
 * directories above it, in the order of layers. `depth` is the path's. */
int study_events_make(struct merge_links *links, const struct study_entry *entries, size_t n,
                      const struct study_cut *cuts, size_t n_cuts, size_t depth, struct buf *events);

/* The cut that an entry is to what is in its path. False: it is none. */
bool study_cut_of(const struct study_entry *e, size_t depth, struct study_cut *ret);

/* What hard links of the study's layers mean. (walk.c) */
struct merge_links *study_links(struct study *s);

#endif

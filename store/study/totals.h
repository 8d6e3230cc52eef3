/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Totals per layer of a stack: changes and bytes. Files are all types but directories, each name counted; the root is
 * left out. Bytes are contents of regular files; an inode counts once, whatever its number of names.
 *
 * Bytes of a layer are dead if no name of their inode is in the image, names by later layers' hard links included.
 * They are hidden by the layer that removes the last name.
 */
#ifndef MICA_STUDY_TOTALS_H
#define MICA_STUDY_TOTALS_H

#include "study/study.h"

enum study_loss {
    STUDY_LOSS_REPLACED, /* replaced by other content */
    STUDY_LOSS_METADATA, /* replaced by equal content, mostly with another mode or owner */
    STUDY_LOSS_MOVED,    /* as REMOVED, by a layer that itself ships a file with this content: a rename */
    STUDY_LOSS_REMOVED,  /* removed by a whiteout, an opaque directory or a file in place of a directory */
};

struct study_layer_total {
    uint64_t added, changed, metadata, removed; /* files, by their change relative to the image beneath */
    uint64_t size;                              /* bytes of contents in the layer */
    uint64_t dead;                              /* bytes of those that are not in the image */
    uint64_t dead_files;                        /* inodes of the dead bytes */
};

/* Bytes of layer `from` that layer `by` hides. */
struct study_pair {
    uint32_t from, by;
    enum study_loss loss;
    uint64_t files, size;
};

struct study_totals {
    struct study_layer_total *layers; /* bottom first */
    uint32_t n;
    struct study_pair *pairs; /* those with bytes, largest first */
    size_t n_pairs;
    uint64_t size, dead; /* of all layers */
};

/* Callbacks of a count; each may be NULL, a negative return value ends the count. `dead` is called once for each dead
 * regular file, with one of its names as `path`. */
struct study_watch {
    int (*dead)(void *ctx, const char *path, const struct study_pair *what);
    int (*path)(void *ctx, const struct study_path *path); /* each path of the walk */
    bool moves; /* tell MOVED from REMOVED, which reads the inodes of layers that remove */
    void *ctx;
};

/* Walks all of `s`. Returns like study_next; free the totals in every case. */
int study_count(struct study *s, const struct study_watch *watch, struct study_totals *ret);
void study_totals_free(struct study_totals *t);

/* Returns the share of a blob of `blob` bytes for `part` of its `whole` bytes of contents: in proportion, rounded
 * down. The compression ratio of a single file is unknown; headers and metadata are attributed to the contents in
 * proportion. */
uint64_t study_share(uint64_t blob, uint64_t part, uint64_t whole);

#endif

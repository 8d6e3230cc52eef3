/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each layer of a stack did and cost, in sums. Files are everything but directories, each name counted; the root is
 * left out. Bytes are those of regular files' contents, an inode counted once however many names it has.
 *
 * Bytes of a layer lie dead when none of the names of their inode is in the image: names of later layers' hard links
 * count. The layer that hid them is the one that took the last name away.
 */
#ifndef MICA_STUDY_TOTALS_H
#define MICA_STUDY_TOTALS_H

#include "study/study.h"

enum study_loss {
    STUDY_LOSS_REPLACED, /* by other content */
    STUDY_LOSS_METADATA, /* by the same content, mostly with another mode or owner */
    STUDY_LOSS_REMOVED,  /* by a whiteout, an opaque directory or a file in a directory's place */
};

struct study_layer_total {
    uint64_t added, changed, metadata, removed; /* files, by the change to the image beneath */
    uint64_t size;                              /* bytes that it ships */
    uint64_t dead;                              /* of those, bytes that are not in the image */
    uint64_t dead_files;                        /* their inodes */
};

/* Bytes that layer `from` shipped and layer `by` hid. */
struct study_pair {
    uint32_t from, by;
    enum study_loss loss;
    uint64_t files, size;
};

struct study_totals {
    struct study_layer_total *layers; /* bottom first */
    uint32_t n;
    struct study_pair *pairs; /* those with bytes, the largest first */
    size_t n_pairs;
    uint64_t size, dead; /* of all layers */
};

/* Told of each regular file that lies dead, once: `path` is one of its names. The calls may be NULL; a negative return
 * value ends the count. */
struct study_watch {
    int (*dead)(void *ctx, const char *path, const struct study_pair *what);
    int (*path)(void *ctx, const struct study_path *path); /* each path of the walk */
    void *ctx;
};

/* Walks all of `s`. Returns as study_next; free the totals in every case. */
int study_count(struct study *s, const struct study_watch *watch, struct study_totals *ret);
void study_totals_free(struct study_totals *t);

/* `part` of a blob of `blob` bytes that holds `whole` bytes of contents: in proportion, rounded down. How well one file of
 * an archive compresses is not known; headers and metadata count with the contents. */
uint64_t study_share(uint64_t blob, uint64_t part, uint64_t whole);

#endif

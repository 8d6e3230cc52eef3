/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories and files of an image by size, without the small ones: a tree whose memory does not follow the number of
 * files. Bytes are those of regular files' contents that the image shows; a file of several names counts at its first name.
 */
#ifndef MICA_REPORT_IMAGE_MAP_H
#define MICA_REPORT_IMAGE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "study/study.h"

#define MAP_SHARES 6 /* layers that are told of one node */

/* Bytes of one layer in a node. */
struct map_share {
    uint32_t layer;
    uint64_t size;
};

struct map_node {
    char *name; /* "" for the root */
    bool dir;
    uint64_t size;
    uint64_t files;                      /* names of all types but directories; 1 for a file */
    struct map_share shares[MAP_SHARES]; /* the largest first, unused ones have size 0 */
    struct map_node *children;           /* the largest first; equal ones in the order of the walk */
    size_t n;
    /* Everything in the directory that is no child: too small. */
    uint64_t rest_size, rest_files;
    struct map_share rest_shares[MAP_SHARES];
};

/* A large file. */
struct map_file {
    char *path;
    uint64_t size;
    uint32_t layer;
};

struct image_map {
    struct map_node root;
    struct map_file *files; /* the largest of the image, the largest first */
    size_t n_files, max_files;
    uint64_t directories, links,
        others; /* names: directories without the root; symbolic links; devices and the like */
};

/* Walks all of `s`. Nodes below `floor` bytes become a part of the rest; keeps the `max_files` largest files. Returns as
 * study_next; free *ret in every case. */
int image_map_make(struct study *s, uint64_t floor, size_t max_files, struct image_map *ret);
void image_map_free(struct image_map *m);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular files of an image that have the same content (size and XXH3-64). Names of one file are no copies. Takes 24
 * bytes for each file with content.
 *
 *     for each path of a walk:  study_duplicates_see       study_duplicates_settle
 *     for each path of another: study_duplicates_name      for the paths of the largest groups
 */
#ifndef MICA_STUDY_DUPLICATES_H
#define MICA_STUDY_DUPLICATES_H

#include "os/buf.h"
#include "study/study.h"

struct study_group {
    uint64_t size, hash; /* of each copy */
    uint64_t copies;
    uint64_t lost; /* size of all copies but one */
    char **paths;  /* of the first copies, in the order of the walk */
    size_t n_paths;
};

struct study_duplicates {
    struct study_group *groups; /* the largest loss first, at most as many as were asked for */
    size_t n;
    uint64_t size; /* lost in all groups, also those that are not listed */
    struct buf seen;
};

/* 0 or -ENOMEM. */
int study_duplicates_see(struct study_duplicates *d, const struct study_path *p);
int study_duplicates_settle(struct study_duplicates *d, size_t max_groups);
int study_duplicates_name(struct study_duplicates *d, const struct study_path *p, size_t max_paths);
void study_duplicates_free(struct study_duplicates *d);

/* The regular file that a path is in the image; NULL for none. */
const struct study_thing *study_visible_file(const struct study_path *p);

#endif

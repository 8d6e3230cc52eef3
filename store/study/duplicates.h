/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups of regular files of an image with equal content (size and XXH3-64). Hard links of one file are no
 * duplicates. Takes 24 bytes for each file with content.
 *
 *     for each path of one walk:     study_duplicates_see       then study_duplicates_settle
 *     for each path of a second one: study_duplicates_name      stores the paths of the largest groups
 */
#ifndef MICA_STUDY_DUPLICATES_H
#define MICA_STUDY_DUPLICATES_H

#include "os/buf.h"
#include "study/study.h"

struct study_group {
    uint64_t size, hash; /* of one copy */
    uint64_t copies;
    uint64_t lost; /* size of all copies but one */
    char **paths;  /* of the first copies, in walk order */
    size_t n_paths;
};

struct study_duplicates {
    struct study_group *groups; /* largest loss first, at most as many as requested */
    size_t n;
    uint64_t size; /* bytes lost in all groups, listed or not */
    struct buf seen;
};

/* 0 or -ENOMEM. */
int study_duplicates_see(struct study_duplicates *d, const struct study_path *p);
int study_duplicates_settle(struct study_duplicates *d, size_t max_groups);
int study_duplicates_name(struct study_duplicates *d, const struct study_path *p, size_t max_paths);
void study_duplicates_free(struct study_duplicates *d);

/* Returns the regular file at a path of the image; NULL for none. */
const struct study_thing *study_visible_file(const struct study_path *p);

#endif
